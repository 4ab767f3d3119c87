"""What has no number and went unheard: looked up in the database, for who is here.

A hole among messages and changes shows by itself. That somebody was taken into a conversation, has
read, or has begun to write, is told once and has no number: where the other nodes were not heard,
each slice looks for what changed in that time, and tells those who are here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

import structlog

from causerie.foundation.errors import Unavailable

log = structlog.get_logger()

# Before it was noticed: a connection that died unseen is known within four seconds, a node within
# as many, and who waited for a lock commits later than what the row says.
LOOK_BACK_SECONDS = 30.0
RETRY_SECONDS = 0.5  # While the database is away.
IDS_A_QUESTION = 1000  # Some milliseconds of an index scan each.

# Tells what changed in the last so many seconds; what it tells may have been told before.
Look = Callable[[float], Awaitable[None]]
T = TypeVar("T")


class Missed:
    """Who looks, and since when there is something to look for. ``run`` is part of a worker."""

    def __init__(self) -> None:
        self._always: list[Look] = []
        self._after: list[Look] = []
        self._since: float | None = None
        self._is_over = False
        self._wake = asyncio.Event()

    def add(self, look: Look, *, while_away: bool) -> None:
        """Have this look when the others are heard again; ``while_away``: in the meantime, too."""
        (self._always if while_away else self._after).append(look)

    def note(self, *, is_ongoing: bool) -> None:
        """Something may have gone unheard, or still does."""
        if self._since is None:
            self._since = asyncio.get_running_loop().time()
        self._is_over = self._is_over or not is_ongoing
        self._wake.set()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not await self._look():
                await asyncio.sleep(RETRY_SECONDS)
                self._wake.set()

    async def _look(self) -> bool:
        """Have all look once; False: not all could."""
        since, is_over = self._since, self._is_over
        if since is None:
            return True
        # Before the questions: what goes unheard from now on is another matter.
        self._is_over = False
        if is_over:
            self._since = None
        seconds = asyncio.get_running_loop().time() - since + LOOK_BACK_SECONDS
        has_failed = False
        for look in (*self._always, *(self._after if is_over else ())):
            try:
                await look(seconds)
            except Unavailable:
                has_failed = True
                break
            except Exception:
                log.exception("missed_not_looked_for")
                has_failed = True
        if has_failed:
            self._since = since if self._since is None else min(since, self._since)
            self._is_over = self._is_over or is_over
        return not has_failed


def in_parts(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many as one question may be about."""
    for begin in range(0, len(ids), IDS_A_QUESTION):
        yield ids[begin : begin + IDS_A_QUESTION]
