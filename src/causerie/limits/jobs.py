"""The upkeep of limits: idle keys go each minute, changes of other processes are seen each second."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from causerie.foundation.errors import Unavailable

IDLE_SWEEP_SECONDS = 60.0  # REQUIREMENTS, RL-2
# How late another process sees a change. It reads one row of one page that is always in memory.
REFRESH_SECONDS = 1.0


async def remove_idle_keys(
    remove_idle: Callable[[], int], *, interval_seconds: float = IDLE_SWEEP_SECONDS
) -> None:
    """Forget idle keys, for ever; a supervised worker."""
    while True:
        await asyncio.sleep(interval_seconds)
        remove_idle()


async def remove_old(
    remove: Callable[[], Awaitable[int]], *, interval_seconds: float = IDLE_SWEEP_SECONDS
) -> None:
    """Remove rows that are past, for ever; a supervised worker."""
    while True:
        await asyncio.sleep(interval_seconds)
        with suppress(Unavailable):  # A minute later is soon enough.
            await remove()


async def follow_changes(
    refresh: Callable[[], Awaitable[object]], *, interval_seconds: float = REFRESH_SECONDS
) -> None:
    """See what other processes changed, for ever; a supervised worker.

    Asks instead of listening: a question finds everything again after the database was away, and
    takes no connection of its own.
    """
    while True:
        with suppress(Unavailable):  # What was last known holds; health says that it is away.
            await refresh()
        await asyncio.sleep(interval_seconds)
