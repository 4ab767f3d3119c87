"""How late the event loop is: what every socket on it waits, whatever it asks for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from causerie.foundation.telemetry import metrics

LOOK_SECONDS = 0.1  # Ten wake-ups a second cost nothing, and see what lasts as long as that.


async def watch_loop(
    *, look_seconds: float = LOOK_SECONDS, monotonic: Callable[[], float] = time.monotonic
) -> None:
    """Measure for ever; run as a worker."""
    while True:
        began = monotonic()
        await asyncio.sleep(look_seconds)
        metrics.LOOP_LAG_SECONDS.observe(max(0.0, monotonic() - began - look_seconds))
