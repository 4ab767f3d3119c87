"""Settles up with the other nodes, as long as there is anything to tell."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from causerie.foundation.cache import CacheAway
from causerie.foundation.clock import Clock
from causerie.limits.model import BucketShare, SharedBuckets, SharedWindows, Slots, WindowShare
from causerie.limits.ports import Counts, Tallies

# Between two times: what a caller can take too much by asking several nodes is what passes in it.
# Two hundred round trips a second would be a tenth of a core; these are half of that.
SETTLE_SECONDS = 0.01
MAX_SHARES = 2000  # Of one time; what is left is told the next one.


class Sharing:
    """The limits of this process and those of the others; ``wake`` when something was taken.

    Where Redis is away each node limits by itself: what it counts then is not told later, and what
    it knew stays known.
    """

    def __init__(self, tallies: Tallies, clock: Clock) -> None:
        self._tallies = tallies
        self._clock = clock
        self._taken = asyncio.Event()
        self.wake = self._taken.set
        self._counts: dict[str, SharedBuckets[object] | SharedWindows[object]] = {}

    def buckets(self, name: str, max_keys: int) -> Counts[object]:
        """Make the shared buckets of a limit; they replace what it had before."""
        made = self._counts[name] = SharedBuckets(max_keys, wake=self.wake)
        return made

    def windows(self, name: str, max_keys: int) -> Counts[object]:
        """Make the shared windows of a limit; they replace what it had before."""
        made = self._counts[name] = SharedWindows(max_keys, wake=self.wake)
        return made

    async def run(self) -> None:
        """Settle for ever, as a supervised worker."""
        while True:
            await self._taken.wait()
            self._taken.clear()
            await self.settle()
            await asyncio.sleep(SETTLE_SECONDS)

    async def settle(self) -> None:
        """Tell what was taken here, and hear what was taken elsewhere."""
        buckets: list[tuple[str, BucketShare]] = []
        windows: list[tuple[str, WindowShare]] = []
        now = self._clock.monotonic()
        for name, counts in self._counts.items():
            left = MAX_SHARES - len(buckets) - len(windows)
            if isinstance(counts, SharedBuckets):
                buckets += ((name, share) for share in counts.shares(now, limit=left))
            else:
                windows += ((name, share) for share in counts.shares(now, limit=left))
        if len(buckets) + len(windows) >= MAX_SHARES:
            self._taken.set()
        try:
            owed, counted = await self._tallies.tally(buckets, windows)
        except CacheAway:
            return
        self._hear(buckets, owed, windows, counted)

    def _hear(
        self,
        buckets: Sequence[tuple[str, BucketShare]],
        owed: Sequence[float],
        windows: Sequence[tuple[str, WindowShare]],
        counted: Sequence[Slots],
    ) -> None:
        # A limit may count otherwise by now: then what was asked in the old way says nothing.
        now = self._clock.monotonic()
        for (name, bucket), seconds in zip(buckets, owed, strict=True):
            shared = self._counts[name]
            if isinstance(shared, SharedBuckets):
                shared.settle(bucket.key, seconds, now)
        for (name, window), slots in zip(windows, counted, strict=True):
            shared = self._counts[name]
            if isinstance(shared, SharedWindows):
                shared.settle(window, slots, now)
