"""The lag of the event loop is seen, and counted as what it is."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from causerie.foundation.telemetry import metrics
from causerie.foundation.telemetry.loop import watch_loop


def observed() -> tuple[float, float]:
    """How many looks there were, and the seconds of lag that they found in all."""
    value = metrics.REGISTRY.get_sample_value
    return (
        value("chat_server_loop_lag_seconds_count") or 0,
        value("chat_server_loop_lag_seconds_sum") or 0,
    )


async def test_a_loop_that_wakes_up_late_is_seen_by_how_much() -> None:
    # The clock that it is given says that the first look took half a second longer than asked for.
    times = iter([100.0, 100.51])
    count, seconds = observed()
    with suppress(StopIteration, RuntimeError):
        async with asyncio.timeout(60):
            await watch_loop(look_seconds=0.01, monotonic=lambda: next(times))

    after_count, after_seconds = observed()
    assert after_count == count + 1
    assert round(after_seconds - seconds, 6) == 0.5
