"""Owns the short tasks that sockets start: none is lost, none outlives the server."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import structlog

log = structlog.get_logger()


class Crew:
    """Runs coroutines in one task group; a failing one is logged and harms no other.

    ``run`` is a supervised worker. Cancelling it cancels what runs, and nothing new is started:
    ``finish`` comes first.
    """

    def __init__(self) -> None:
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Keep the group open."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self._group = None

    def start(self, work: Coroutine[None, None, None]) -> bool:
        """Run the coroutine in a task of its own. False: it is closed, the server is stopping."""
        if self._group is None:
            work.close()
            return False
        task = self._group.create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def finish(self, deadline_seconds: float) -> None:
        """Wait for what runs now."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=deadline_seconds)


async def _guarded(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("socket_task_failed")
