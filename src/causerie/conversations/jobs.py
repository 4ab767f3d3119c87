"""Tells what takes a question to the tables: people as they are now, and what went unheard."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import structlog

from causerie.accounts import ProfileChanged
from causerie.conversations.events import ConversationOpened, PersonChanged
from causerie.conversations.ports import Moves, Seat
from causerie.conversations.service import ConversationService
from causerie.foundation.errors import Unavailable
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.realtime import Hub, in_parts

log = structlog.get_logger()

MAX_WAITING = 10_000  # People; some 1 MB. Who is left out is seen at the next hello.
TICK_SECONDS = 0.5  # A picture and a status, set one after the other, are told once.
TOLD_AT_ONCE = 500  # Readers: 5 ms of writes, then others have their turn.
RETRY_SECONDS = 1.0  # A restarted database is found again within this.
MAX_SEATS = 10_000  # Of one time without the others, some 2 MB. Forgotten, one is told of twice.


class ProfileCrier:
    """Reads people as they are and tells it, each once a tick at most. A worker."""

    def __init__(self, hub: Hub, service: ConversationService, moves: Moves) -> None:
        self._hub = hub
        self._service = service
        self._moves = moves
        self._waiting: dict[UserId, None] = {}
        self._some = asyncio.Event()

    def listen(self, events: Events) -> None:
        """Hear of every commit, and look where other nodes were not heard."""
        events.listen_everywhere(ProfileChanged, lambda event: self.tell(event.user_id))
        self._hub.on_missed(self.look)

    async def look(self, seconds: float) -> None:
        """Have told of who changed in so many seconds at whatever node. Raises ``Unavailable``."""
        for user_id in await self._moves.shown_since(seconds=seconds):
            self.tell(user_id)

    def tell(self, user_id: UserId) -> None:
        """Have those who are connected here told."""
        if len(self._waiting) >= MAX_WAITING and user_id not in self._waiting:
            log.warning("profile_not_told", user_id=user_id)
            return
        self._waiting[user_id] = None
        self._some.set()

    async def run(self) -> None:
        """Tell for ever; a supervised worker."""
        while True:
            await self._some.wait()
            await asyncio.sleep(TICK_SECONDS)
            self._some.clear()
            while self._waiting:
                user_id = next(iter(self._waiting))
                del self._waiting[user_id]
                try:
                    await self.tell_now(user_id)
                except Unavailable:
                    self.tell(user_id)
                    await asyncio.sleep(RETRY_SECONDS)

    async def tell_now(self, user_id: UserId) -> None:
        """Read somebody, and tell their own sockets and all that share a conversation with them.

        Those that are being greeted too: they may have read how it was before. Raises ``Unavailable``.
        """
        arrival = await self._service.find_arrival(user_id)
        if arrival is None:
            return
        readers = set(self._hub.readers_of(user_id))
        for topic in arrival.positions:
            readers.update(self._hub.followers(topic))
            readers.update(self._hub.arriving(topic))
        told = list(readers)
        event = PersonChanged(arrival.person)
        for begin in range(0, len(told), TOLD_AT_ONCE):
            self._hub.send_to_readers(told[begin : begin + TOLD_AT_ONCE], event)
            await asyncio.sleep(0)


class MissedMoves:
    """Where other nodes were not heard: who was taken into a conversation there, and who has read."""

    def __init__(
        self, hub: Hub, events: Events, service: ConversationService, moves: Moves
    ) -> None:
        self._hub = hub
        self._events = events
        self._service = service
        self._moves = moves
        # Sockets that do not follow all that is theirs would be told of it with every look.
        self._told: dict[tuple[UserId, ConversationId], datetime] = {}

    def listen(self) -> None:
        """Look while the others are not heard, and once more when they are."""
        self._hub.on_missed(self.look_at_seats, while_away=True)
        self._hub.on_missed(self.look_at_reads)

    async def look_at_seats(self, seconds: float) -> None:
        """Let people follow what is theirs for so long at most. Raises ``Unavailable``."""
        for users in in_parts(self._hub.users()):
            seats = await self._moves.seats_since(users, seconds=seconds)
            await self._open([seat for seat in seats if self._is_news(seat)])

    def _is_news(self, seat: Seat) -> bool:
        if self._told.get((seat.user_id, seat.conversation_id)) == seat.joined_at:
            return False
        readers = self._hub.readers_of(seat.user_id)
        return any(seat.conversation_id not in reader.topics for reader in readers)

    async def _open(self, seats: Iterable[Seat]) -> None:
        by_user: dict[UserId, list[Seat]] = defaultdict(list)
        for seat in seats:
            by_user[seat.user_id].append(seat)
        for user_id, own in by_user.items():
            views = await self._service.snapshot(user_id, [seat.conversation_id for seat in own])
            # As if the node had said so that did it.
            for view in views:
                self._events.hear(ConversationOpened(user_id, view))
            for seat in own:
                self._told[user_id, seat.conversation_id] = seat.joined_at
        while len(self._told) > MAX_SEATS:
            del self._told[next(iter(self._told))]

    async def look_at_reads(self, seconds: float) -> None:
        """Tell how far people have read who did so in so many seconds. Raises ``Unavailable``."""
        for topics in in_parts(self._hub.topics()):
            ids = [ConversationId(topic) for topic in topics]
            for event in await self._moves.reads_since(ids, seconds=seconds):
                if event.is_private:
                    self._hub.hear_of_user(event.user_id, event, is_for_greeted=False)
                else:
                    user_id = event.user_id
                    self._hub.hear_of_topic(event.conversation_id, event, user_id=user_id)
