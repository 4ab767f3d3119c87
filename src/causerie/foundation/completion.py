"""Work that goes on to its end though whoever waits for it gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from causerie.foundation.errors import Unavailable

log = structlog.get_logger()

# Transactions under way or waiting for a connection; with the pool's 5 s wait for one of its 20
# connections, so many would already be refused by the pool.
MAX_UNDER_WAY = 10_000

T = TypeVar("T")


class Completion:
    """Owns the tasks of writes, so that nothing is cancelled between a commit and its announcement.

    A client that hangs up, or a socket that closes, cancels what waits for the write; the write
    itself commits and is announced, or fails and is logged.
    """

    def __init__(self, *, max_under_way: int = MAX_UNDER_WAY) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()  # Any: each task has its own result
        self._max_under_way = max_under_way

    @property
    def under_way(self) -> int:
        """How many writes have not ended yet."""
        return len(self._tasks)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the work in a task of its own and wait for it; cancelling the wait leaves it alone.

        Raises ``Unavailable`` where too much is under way.
        """
        if len(self._tasks) >= self._max_under_way:
            work.close()
            raise Unavailable("Too many writes are under way")
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.done():
                task.add_done_callback(_log_failure)
            raise

    async def drain(self, deadline_seconds: float) -> int:
        """Wait until all has ended; gives the number of writes that had not, and were cancelled."""
        if not self._tasks:
            return 0
        _, late = await asyncio.wait(set(self._tasks), timeout=deadline_seconds)
        for task in late:
            task.cancel()
        return len(late)


def _log_failure(task: asyncio.Task[Any]) -> None:
    """Take note of a failure that nobody waits for any more."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("unwatched_write_failed", error=type(error).__name__)
