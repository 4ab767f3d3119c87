"""How long a batch waits for those whom the last commit answered.

Who sends all the time sends again as soon as it is answered, and misses the batch that begins right
then: its messages wait for another commit. So the senders of a busy room fall into two halves that
take turns, each commit carries one of them, and every reader is written to twice as often as need be.
A moment's wait after a commit brings the halves together, for good.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

# Turns of the loop between a commit and the next batch: in the first what was committed goes out, in
# the second what was sent meanwhile is read. Measured: half again the deliveries/s in one busy room;
# a lone message waits some 20 µs longer.
TURNS = 2
MIN_ANSWERED = 2  # A lone message waits for nobody.
# Beyond that a commit's own cost is a small part of each message's, and waiting is idle time.
MAX_ANSWERED = 64
PATIENCE_SHARE = 1 / 3  # Of the time of the last commit, at most,
MAX_PATIENCE_SECONDS = 0.002  # nor longer than this, whatever held that commit up.
QUIET_SECONDS = 0.0003  # Who has not sent by then since the last one did is not about to.
# Batches that do not wait after a wait in vain: where people type, nobody sends again at once.
BATCHES_WITHOUT = 16


class Gathering:
    """Waits before each batch, as long as it pays."""

    __slots__ = ("_answered", "_clock", "_expected", "_patience_seconds", "_waiting", "_without")

    def __init__(
        self, waiting: Callable[[], int], *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._waiting = waiting  # How many sends are there by now.
        self._clock = clock
        self._answered = 0
        self._expected = 0
        self._patience_seconds = 0.0
        self._without = 0

    def committed(self, answered: int, seconds: float) -> None:
        """Hear of a commit: how many it answered, and how long it took."""
        self._answered = answered
        self._expected = self._waiting() + answered
        self._patience_seconds = min(seconds * PATIENCE_SHARE, MAX_PATIENCE_SECONDS)

    async def wait(self) -> None:
        """Wait until the next batch may begin."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if not MIN_ANSWERED <= self._answered <= MAX_ANSWERED:
            return
        if self._without:
            self._without -= 1
            return
        here, now = self._waiting(), self._clock()
        end, quiet = now + self._patience_seconds, now + QUIET_SECONDS
        while here < self._expected and now < min(end, quiet):
            await asyncio.sleep(0)  # Not a timer: the loop's are as coarse as the whole wait.
            before, here, now = here, self._waiting(), self._clock()
            if here > before:
                quiet = now + QUIET_SECONDS
        if here < self._expected - self._answered // 2:
            self._without = BATCHES_WITHOUT
