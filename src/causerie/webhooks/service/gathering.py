"""From what was committed to deliveries: by cursors, so that nothing is left out after a crash.

A commit only leaves its conversation's id in a set, and that only where somebody listens. Whatever
is lost with this process, or was committed by another, a sweep finds: it compares the cursors with
how far the conversations have come.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import structlog

from causerie.foundation.clock import Clock
from causerie.foundation.errors import Unavailable
from causerie.foundation.identity import ConversationId
from causerie.webhooks.model import EventKind
from causerie.webhooks.ports import Deliveries, Endpoints, Feed, NewDelivery, Position, Turn
from causerie.webhooks.service.endpoints import all_rooms

log = structlog.get_logger()

MAX_GATHERED = 500  # Events of one conversation in one transaction.
MAX_NOTED = 10_000  # Conversations that have moved; of more the sweep learns.
SWEEP_SECONDS = 15.0
MAX_TURNS = 1000  # Of one conversation in a row; then the others come.


class Gatherer:
    """Turns what happened into deliveries."""

    def __init__(
        self, endpoints: Endpoints, deliveries: Deliveries, feed: Feed, clock: Clock
    ) -> None:
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._feed = feed
        self._clock = clock
        self._wanted: frozenset[ConversationId | None] = frozenset()
        self._moved: set[ConversationId] = set()
        self._waker = asyncio.Event()
        self._sweep_now = True

    def note(self, conversation_id: ConversationId) -> None:
        """Hear that something was committed; on the way of every message."""
        if not self._wanted:
            return
        if conversation_id in self._wanted or None in self._wanted:
            if len(self._moved) < MAX_NOTED:
                self._moved.add(conversation_id)
            self._waker.set()

    def look_again(self) -> None:
        """Learn anew who listens."""
        self._sweep_now = True
        self._waker.set()

    async def run(self) -> None:
        """Gather for ever, as a supervised worker."""
        while True:
            with contextlib.suppress(Unavailable):  # What is left lies behind the cursors.
                await self._work()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._waker.wait()
                    self._waker.clear()
                    continue
            self._sweep_now = True

    async def _work(self) -> None:
        if self._sweep_now:
            self._sweep_now = False
            try:
                await self.sweep()
            except Unavailable:
                self._sweep_now = True
                raise
        while self._moved:
            await self._gather(self._moved.pop())

    async def sweep(self) -> None:
        """Gather all that lies behind the cursors."""
        self._wanted = await self._endpoints.wanted()
        named = [conversation_id for conversation_id in self._wanted if conversation_id is not None]
        if named:
            await self._catch_up(await self._feed.positions(named))
        if None in self._wanted:
            async for page in all_rooms(self._feed):
                await self._catch_up(page)

    async def _catch_up(self, positions: Sequence[Position]) -> None:
        for conversation_id in await self._deliveries.behind(positions):
            await self._gather(conversation_id)

    async def _gather(self, conversation_id: ConversationId) -> None:
        found = await self._feed.positions([conversation_id])
        # A direct chat is nobody else's business.
        is_room = bool(found) and found[0].is_room
        for _ in range(MAX_TURNS):
            async with self._deliveries.turn(conversation_id, is_room=is_room) as turn:
                if turn is None or not await self._take_turn(conversation_id, turn):
                    return
        self._moved.add(conversation_id)

    async def _take_turn(self, conversation_id: ConversationId, turn: Turn) -> bool:
        """Gather a stretch; says whether more may follow."""
        found = await self._feed.positions([conversation_id])
        if not found:
            return False
        (now,) = found
        seq = min(now.seq, turn.seq + MAX_GATHERED)
        new = [
            NewDelivery(listener.endpoint_id, EventKind.MESSAGE_CREATED, seq=n)
            for n in range(turn.seq + 1, seq + 1)
            for listener in turn.listeners
            if listener.wants(EventKind.MESSAGE_CREATED)
        ]
        changed, rev = await self._changes(turn, conversation_id, upto=now.rev)
        if (seq, rev) != (turn.seq, turn.rev):
            await turn.move([*new, *changed], seq=seq, rev=rev, at=self._clock.now())
        return seq < now.seq or rev < now.rev

    async def _changes(
        self, turn: Turn, conversation_id: ConversationId, *, upto: int
    ) -> tuple[list[NewDelivery], int]:
        others = [
            listener
            for listener in turn.listeners
            if listener.kinds is None or listener.kinds != {EventKind.MESSAGE_CREATED}
        ]
        if turn.rev >= upto or not others:
            return [], upto
        changes = await self._feed.changes(
            conversation_id, after=turn.rev, upto=upto, limit=MAX_GATHERED
        )
        new = [
            NewDelivery(listener.endpoint_id, fact.kind, rev=rev)
            for rev, fact in changes
            if fact is not None
            for listener in others
            if listener.wants(fact.kind)
        ]
        return new, changes[-1][0] if changes else upto
