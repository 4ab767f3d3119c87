"""How long something takes, on a machine that stands still now and then.

A pause spoils one measure, and what takes too long by itself takes it each time. So what is measured by
the clock is measured again where it does not hold, a few times at most. A bound from below needs
none of this where the clock is read before the act.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

MEASURES = 4

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
