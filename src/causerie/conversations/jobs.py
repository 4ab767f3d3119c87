"""Tells those who share a conversation what somebody says about themselves now."""

from __future__ import annotations

import asyncio

import structlog

from causerie.accounts import ProfileChanged
from causerie.conversations.events import PersonChanged
from causerie.conversations.service import ConversationService
from causerie.foundation.errors import Unavailable
from causerie.foundation.events import Events
from causerie.foundation.identity import UserId
from causerie.foundation.realtime import Hub

log = structlog.get_logger()

MAX_WAITING = 10_000  # People; some 1 MB. Who is left out is seen at the next hello.
TICK_SECONDS = 0.5  # A picture and a status, set one after the other, are told once.
TOLD_AT_ONCE = 500  # Readers: 5 ms of writes, then others have their turn.
RETRY_SECONDS = 1.0  # A restarted database is found again within this.


class ProfileCrier:
    """Reads people as they are and tells it, each once a tick at most. A worker."""

    def __init__(self, hub: Hub, service: ConversationService) -> None:
        self._hub = hub
        self._service = service
        self._waiting: dict[UserId, None] = {}
        self._some = asyncio.Event()

    def listen(self, events: Events) -> None:
        """Hear of every commit."""
        events.listen_everywhere(ProfileChanged, lambda event: self.tell(event.user_id))

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
