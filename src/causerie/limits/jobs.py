"""The upkeep of limits: idle buckets go each minute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

IDLE_SWEEP_SECONDS = 60.0  # REQUIREMENTS, RL-2


async def remove_idle_buckets(
    sweeps: Sequence[Callable[[], int]], *, interval_seconds: float = IDLE_SWEEP_SECONDS
) -> None:
    """Call each limiter's ``remove_idle``, for ever; a supervised worker."""
    while True:
        await asyncio.sleep(interval_seconds)
        for remove_idle in sweeps:
            remove_idle()
