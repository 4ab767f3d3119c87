"""How long something takes, on a machine that stands still now and then.

A pause spoils one measure, and what takes too long by itself takes it each time. So what is measured by
the clock is measured again where it does not hold, a few times at most. A bound from below needs
none of this where the clock is read before the act.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

MEASURES = 4
# What the work below takes on the machine on which the bounds of single calls were set, when idle.
WORK_SECONDS = 0.00195
ROUNDS = 10

T = TypeVar("T")


def measured(measure: Callable[[], T], *, holds: Callable[[T], bool]) -> T:
    """Measure until it holds, a few times at most; gives the last."""
    for _ in range(MEASURES - 1):
        if holds(taken := measure()):
            return taken
    return measure()


async def measured_soon(measure: Callable[[], Awaitable[T]], *, holds: Callable[[T], bool]) -> T:
    """The same, of what is awaited."""
    for _ in range(MEASURES - 1):
        if holds(taken := await measure()):
            return taken
    return await measure()


def slowness() -> float:
    """How many times slower than the machine of ``WORK_SECONDS`` this one is now; at least once."""
    return max(1.0, min(_work() for _ in range(ROUNDS)) / WORK_SECONDS)


def _work() -> float:
    """Some work of an interpreter; gives the seconds that it took."""
    counts: dict[int, float] = {}
    began = time.perf_counter()
    for number in range(20_000):
        key = number & 1023
        counts[key] = counts.get(key, 0.0) + 0.5
    return time.perf_counter() - began
