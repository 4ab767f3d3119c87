"""What time tells of a name: ranks of many tries, in turns.

Of two samples from one distribution, the share of pairs in which the first is dearer (Mann and
Whitney's U) lies around a half, with a deviation that is known whatever the distribution is. Processor
time of this process, hashing threads included: what else the machine does is not in it.
"""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Awaitable, Callable

from tests.fakes.clock import FakeClock

# With each of both names. The short form finds what is as large as what varies, the long one a third.
TRIES = 240 if os.environ.get("CAUSERIE_CHAOS") == "full" else 24
MAX_DEVIATIONS = 4.4  # Chance goes beyond, to either side, once in 100,000.
TRIES_AT_A_TIME = 6  # Of the eight guesses that a stranger has in a quarter of an hour.
WINDOW_SECONDS = 15 * 60


def a_window_of(clock: FakeClock) -> Callable[[], Awaitable[None]]:
    """Let the time go by after which guesses are new ones."""

    async def pause() -> None:
        clock.advance(WINDOW_SECONDS)

    return pause


async def no_pause() -> None:
    """Do nothing: where tries are not counted, or are few."""


async def deviations(
    door: Callable[[str], Awaitable[None]],
    one: str,
    other: str,
    *,
    pause: Callable[[], Awaitable[None]] = no_pause,
) -> float:
    """Say by how many standard deviations a door's work differs between two names.

    ``pause`` is done after some tries, so that none is one too many.
    """
    costs: dict[str, list[float]] = {one: [], other: []}
    for tried in range(TRIES):
        if tried % TRIES_AT_A_TIME == 0:
            await pause()
        for name in random.sample((one, other), 2):
            begun = time.process_time()
            await door(name)
            costs[name].append(time.process_time() - begun)
    dearer = sum((a > b) + (a == b) / 2 for a in costs[one] for b in costs[other])
    deviation = math.sqrt((2 * TRIES + 1) / (12 * TRIES * TRIES))
    return abs(dearer / TRIES**2 - 0.5) / deviation
