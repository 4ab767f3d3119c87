"""How long something takes, on a machine that stands still now and then.

A pause makes one measure longer, and what takes too long by itself takes it each time. So a bound from
above is held to the shortest of some measures, of which only the first is taken where it holds. A bound
from below needs none of this where the clock is read before the act.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

MEASURES = 4


def shortest(measure: Callable[[], float], *, under: float) -> float:
    """Measure until it took less than so many seconds, a few times at most; gives the shortest."""
    taken: list[float] = []
    while len(taken) < MEASURES and (not taken or min(taken) >= under):
        taken.append(measure())
    return min(taken)


async def shortest_awaited(measure: Callable[[], Awaitable[float]], *, under: float) -> float:
    """The same, of what is awaited."""
    taken: list[float] = []
    while len(taken) < MEASURES and (not taken or min(taken) >= under):
        taken.append(await measure())
    return min(taken)
