"""Verdicts are written off the way of the messages; lessons and rooms' filters are read again."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import structlog
from typing_extensions import override

from causerie.foundation.errors import Unavailable
from causerie.foundation.telemetry import metrics
from causerie.moderation.ports import FilterStore, Note, Records
from causerie.moderation.service import Learning, Screener

log = structlog.get_logger()

MAX_WAITING_NOTES = 10_000  # At a few KB each 50 MB at most; a flood beyond tells nothing new.
MAX_NOTES_PER_WRITE = 500
REFRESH_SECONDS = 60.0  # How long a decision on another node may take to hold here.
KEEP_VERDICTS_DAYS = 90  # An appeal comes within weeks; refused texts are nobody's for longer.
MAX_FORGOTTEN_PER_ROUND = 5_000
LAST_WRITE_SECONDS = 2.0  # Of the server's 15 s to stop.


class NoteQueue(Records):
    """What waits to be recorded. ``run`` is a supervised worker."""

    def __init__(self, store: FilterStore) -> None:
        self._store = store
        self._on_written: Callable[[], None] = lambda: None
        self._waiting: deque[Note] = deque()
        self._some = asyncio.Event()

    @override
    def put(self, note: Note) -> None:
        if len(self._waiting) >= MAX_WAITING_NOTES:
            metrics.FILTER_RECORDS_LOST.inc()
            return
        self._waiting.append(note)
        self._some.set()

    def tell(self, on_written: Callable[[], None]) -> None:
        """Say who wants to hear of each write."""
        self._on_written = on_written

    async def run(self) -> None:
        """Write for ever what waits; what a failing write held waits again."""
        try:
            while True:
                await self._some.wait()
                await self._write()
        except asyncio.CancelledError:
            await self._write_the_last()
            raise

    async def _write(self) -> None:
        count = min(MAX_NOTES_PER_WRITE, len(self._waiting))
        await self._store.record([self._waiting[place] for place in range(count)])
        for _ in range(count):
            self._waiting.popleft()
        self._on_written()
        if not self._waiting:
            self._some.clear()

    async def _write_the_last(self) -> None:
        try:
            async with asyncio.timeout(LAST_WRITE_SECONDS):
                while self._waiting:
                    await self._write()
        except (TimeoutError, Unavailable):
            log.warning("verdicts_not_recorded", count=len(self._waiting))


async def keep_up(
    screener: Screener,
    learning: Learning,
    store: FilterStore,
    *,
    interval_seconds: float = REFRESH_SECONDS,
) -> None:
    """Follow the other nodes, and forget old verdicts, for ever; a supervised worker."""
    while True:
        await screener.refresh()
        await learning.refresh()
        await store.forget_records(
            older_than_days=KEEP_VERDICTS_DAYS, limit=MAX_FORGOTTEN_PER_ROUND
        )
        await asyncio.sleep(interval_seconds)
