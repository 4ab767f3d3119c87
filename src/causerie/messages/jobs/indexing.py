"""Brings the index of words after the messages, behind and out of the way of the writer.

Nothing of it is in a send: what is committed waits here by its conversation, once however much was
said there, and is taken in chunks. What this process does not hear of (other nodes' leftovers, an
import, an upgrade) is found by comparing positions at the start and now and then. Nodes share: who
finds a conversation taken goes on to the next.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable

import structlog

from causerie.foundation.errors import Unavailable
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId
from causerie.foundation.telemetry import metrics
from causerie.messages.events import MessagesSent
from causerie.messages.ports import SearchIndex

log = structlog.get_logger()

# What is said meanwhile is indexed together; searches read it from the messages themselves.
GATHER_SECONDS = 0.5
SWEEP_SECONDS = 60.0  # How late an import beside the server is noticed.
RETRY_SECONDS = 1.0  # A restarted database is found again within this.
MAX_CONVERSATIONS = 16  # In one chunk: their rows are locked together.
MAX_SWEPT = 1000  # Conversations that a sweep brings; the next one brings more.
MAX_WAITING = 10_000  # Some 1 MB; beyond it a sweep finds the rest.
CHUNK_MESSAGES = 256  # Measured: 20 to 30 ms of PostgreSQL; an edit may have to wait for it.
# A second with more sends than this is one in which the writer wants the machine for itself.
BUSY_SENDS_PER_SECOND = 500
BUSY_CHUNK_MESSAGES = 64  # Some 6 ms
# The parts of the time in which PostgreSQL is kept at work: one in ten costs two cores 5 % of their
# sends/s at most, and still indexes 1,000 messages a second.
BUSY_SHARE = 0.1
IDLE_SHARE = 0.5


class Indexer:
    """One per process; ``run`` is a supervised worker."""

    def __init__(
        self,
        index: SearchIndex,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._index = index
        self._monotonic = monotonic
        self._pause = pause
        self._waiting: dict[ConversationId, None] = {}  # in the order in which they came
        self._some = asyncio.Event()
        self._must_sweep = True
        self._swept_at = 0.0
        self._sent = 0
        self._counted_at = monotonic()
        metrics.SEARCH_WAITING.read_from(lambda: len(self._waiting))

    def listen(self, events: Events) -> None:
        """Hear of what was sent."""
        events.listen(MessagesSent, self._note)

    def _note(self, event: MessagesSent) -> None:
        # On the way of every batch.
        self._sent += len(event.messages)
        if len(self._waiting) < MAX_WAITING:
            self._waiting[event.conversation_id] = None
        else:
            self._must_sweep = True
        self._some.set()

    async def run(self) -> None:
        """Index for ever what comes."""
        while True:
            try:
                await self._sweep_now_and_then()
                if self._waiting:
                    await self._chunk()
                else:
                    await self._wait()
            except Unavailable:
                # Whatever was under way may be half known to us.
                self._must_sweep = True
                await self._pause(RETRY_SECONDS)

    async def catch_up(self) -> int:
        """Index all that is not indexed yet, without a pause; gives how many messages that were."""
        indexed = 0
        while swept := await self._index.behind(limit=MAX_SWEPT):
            for conversation_id in swept:
                found, _ = await self._index.index_some([conversation_id], limit=CHUNK_MESSAGES)
                indexed += found
        return indexed

    async def _wait(self) -> None:
        self._some.clear()
        try:
            async with asyncio.timeout(SWEEP_SECONDS):
                await self._some.wait()
        except TimeoutError:
            return
        await self._pause(GATHER_SECONDS)

    async def _sweep_now_and_then(self) -> None:
        if self._must_sweep or self._monotonic() - self._swept_at > SWEEP_SECONDS:
            self._must_sweep = False
            swept = await self._index.behind(limit=MAX_SWEPT)
            self._waiting.update(dict.fromkeys(swept))
            self._swept_at = self._monotonic()
            self._must_sweep = len(swept) == MAX_SWEPT

    async def _chunk(self) -> None:
        is_busy = self._is_busy()
        some = list(itertools.islice(self._waiting, MAX_CONVERSATIONS))
        for conversation_id in some:
            del self._waiting[conversation_id]
        began = self._monotonic()
        indexed, unfinished = await self._index.index_some(
            some, limit=BUSY_CHUNK_MESSAGES if is_busy else CHUNK_MESSAGES
        )
        took = self._monotonic() - began
        metrics.SEARCH_INDEXED.inc(indexed)
        self._waiting.update(dict.fromkeys(unfinished))
        if unfinished and not indexed:
            await self._pause(GATHER_SECONDS)  # Others are at all of them.
        else:
            share = BUSY_SHARE if is_busy else IDLE_SHARE
            await self._pause(took * (1 - share) / share)

    def _is_busy(self) -> bool:
        now = self._monotonic()
        passed = max(now - self._counted_at, 0.001)
        sent, self._sent, self._counted_at = self._sent, 0, now
        return sent / passed > BUSY_SENDS_PER_SECOND
