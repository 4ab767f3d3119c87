"""Blocks at work: checked in memory, kept in the database, placed by what is seen or by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping
from datetime import timedelta
from types import MappingProxyType

import structlog

from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import NotFound, Unavailable
from causerie.foundation.events import Events
from causerie.foundation.identity import UserId
from causerie.foundation.telemetry import metrics
from causerie.limits.events import BlockLifted, BlockPlaced
from causerie.limits.model import (
    BY_HAND,
    LADDER_SECONDS,
    Block,
    Offence,
    Scope,
    Subject,
    require_block,
    require_subject,
)
from causerie.limits.ports import BlockStore

log = structlog.get_logger()

MAX_ACTIVE = 100_000  # Blocks in memory: the latest ones; some 200 bytes each.
MAX_OFFENCES = 1000  # That wait to be written down; who is left out offends again at once.
RETRY_SECONDS = 2.0  # Where the database is away; those blocked meanwhile are so for a first step.


class BlockBook:
    """Until when each key is shut out, in monotonic time: no jump of the wall clock moves it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[Hashable, float] = {}

    @property
    def until(self) -> Mapping[Hashable, float]:
        """What limits ask; a view that stays true. Empty where nobody is blocked."""
        return MappingProxyType(self._until)

    def is_blocked(self, key: Hashable) -> bool:
        """Say whether a key is shut out now."""
        until = self._until.get(key)
        return until is not None and until > self._clock.monotonic()

    def put(self, key: Hashable, seconds: float) -> None:
        """Shut a key out for so long from now on, or let it in with 0."""
        if seconds > 0:
            self._until[key] = self._clock.monotonic() + seconds
        else:
            self._until.pop(key, None)
        metrics.BLOCKS_ACTIVE.set(len(self._until))

    def replace(self, seconds_left: Mapping[Hashable, float]) -> None:
        """Shut out exactly these."""
        now = self._clock.monotonic()
        self._until.clear()
        self._until.update({key: now + left for key, left in seconds_left.items() if left > 0})
        metrics.BLOCKS_ACTIVE.set(len(self._until))

    def remove_ended(self) -> int:
        """Forget those that are over; gives how many."""
        now = self._clock.monotonic()
        ended = [key for key, until in self._until.items() if until <= now]
        for key in ended:
            del self._until[key]
        metrics.BLOCKS_ACTIVE.set(len(self._until))
        return len(ended)


class BlockService:
    """What one can do with blocks; offences come in at once and are written down by ``run``."""

    def __init__(
        self,
        store: BlockStore,
        book: BlockBook,
        *,
        events: Events,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._store = store
        self._book = book
        self._events = events
        self._completion = completion
        self._clock = clock
        self._offences: asyncio.Queue[Offence] = asyncio.Queue(MAX_OFFENCES)

    def offend(self, offence: Offence) -> None:
        """Take note of an offence: a first step at once, and the right one when it is written."""
        if self._book.is_blocked(offence.subject.key) or self._offences.full():
            return
        self._book.put(offence.subject.key, LADDER_SECONDS[0])
        self._offences.put_nowait(offence)

    async def run(self) -> None:
        """Write offences down, for ever; a supervised worker."""
        while True:
            offence = await self._offences.get()
            while True:
                try:
                    await self._completion.run(self._punish(offence))
                    break
                except Unavailable:
                    await asyncio.sleep(RETRY_SECONDS)

    async def place(
        self,
        scope: Scope,
        subject: str,
        *,
        seconds: int,
        reason: str,
        by: UserId | None,
        key: str | None = None,
    ) -> Block:
        """Block somebody by hand, in place of what is in force. Raises ``Invalid``, ``Conflict``."""
        whom = require_subject(scope, subject)
        require_block(seconds, reason)
        return await self._completion.run(self._place(whom, seconds, reason, by, key))

    async def lift(self, block_id: int, *, by: UserId | None, key: str | None = None) -> Block:
        """End a block; it counts no more. Lifting again changes nothing. Raises ``NotFound``."""
        return await self._completion.run(self._lift(block_id, by, key))

    async def blocks(self, *, active: bool, before: int | None, limit: int) -> list[Block]:
        """The latest ones, the newest first: those in force, or all that are recorded."""
        return await self._store.list(
            active=active, before=before, limit=limit, at=self._clock.now()
        )

    async def load(self) -> None:
        """Read what is in force, from whichever process it comes. Raises ``Unavailable``."""
        now = self._clock.now()
        found = await self._store.list(active=True, before=None, limit=MAX_ACTIVE, at=now)
        self._book.replace({b.subject.key: b.seconds_left(now) for b in reversed(found)})

    async def _punish(self, offence: Offence) -> None:
        now = self._clock.now()
        block, is_new = await self._store.punish(offence, at=now)
        self._book.put(offence.subject.key, block.seconds_left(now))
        if is_new:
            self._tell(block)

    async def _place(
        self, subject: Subject, seconds: int, reason: str, by: UserId | None, key: str | None
    ) -> Block:
        now = self._clock.now()
        until = now + timedelta(seconds=seconds)
        block, is_new = await self._store.place(
            subject, reason=reason, by=by, at=now, until=until, key=key
        )
        if is_new:
            self._book.put(subject.key, block.seconds_left(now))
            self._tell(block)
        return block

    async def _lift(self, block_id: int, by: UserId | None, key: str | None) -> Block:
        found = await self._store.lift(block_id, by=by, at=self._clock.now(), key=key)
        if found is None:
            raise NotFound("block")
        block, is_new = found
        if is_new:
            log.warning("block_lifted", block_id=block.id, by=by)
            self._events.announce([BlockLifted(block)])
            await self.load()  # Another one may still hold.
        return block

    def _tell(self, block: Block) -> None:
        metrics.BLOCKS.labels(block.rule if block.by is None else BY_HAND).inc()
        log.warning(
            "security_blocked",
            block_id=block.id,
            scope=block.subject.scope,
            subject=block.subject.id,
            rule=block.rule,
            step=block.step,
            score=block.score,
        )
        self._events.announce([BlockPlaced(block)])
