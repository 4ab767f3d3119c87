"""Limits by key: so many per minute for each user, address or whatever else is counted."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from causerie.foundation.clock import Clock
from causerie.foundation.errors import RateLimited
from causerie.limits.model import Bucket

# Those of the last minute only; at some 200 bytes each, 20 MB at most.
MAX_KEYS = 100_000

K = TypeVar("K", bound=Hashable)


class Limiter(Generic[K]):
    """A bucket for each key, all alike. ``per_minute`` 0 switches the limit off.

    ``on_refused`` is told of each refusal, and whether it is the key's first after one that was
    allowed: a count takes all of them, and a log those, or a flood of calls would flood it too.
    """

    def __init__(
        self,
        name: str,
        *,
        per_minute: int,
        clock: Clock,
        burst: int | None = None,
        max_keys: int = MAX_KEYS,
        on_refused: Callable[[str, K, bool], None] | None = None,
    ) -> None:
        self.name = name
        self._per_minute = per_minute
        self._burst = burst
        self._clock = clock
        self._max_keys = max_keys
        self._on_refused = on_refused
        self._buckets: dict[K, Bucket] = {}

    def __len__(self) -> int:
        """Say how many keys have a bucket now."""
        return len(self._buckets)

    def take(self, key: K) -> float | None:
        """Count one for the key; None where it is allowed, else the seconds to wait."""
        if self._per_minute <= 0:
            return None
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._new_bucket(key)
        is_first = not bucket.is_refusing
        wait = bucket.take(self._clock.monotonic())
        if wait is not None and self._on_refused is not None:
            self._on_refused(self.name, key, is_first)
        return wait

    def require(self, key: K) -> None:
        """Count one for the key. Raises ``RateLimited`` where it is one too many."""
        wait = self.take(key)
        if wait is not None:
            retry_after = max(1, math.ceil(wait))
            raise RateLimited("Too often; wait a moment", retry_after=retry_after)

    def remove_idle(self) -> int:
        """Forget keys that have all their allowance again; gives how many."""
        now = self._clock.monotonic()
        idle = [key for key, bucket in self._buckets.items() if bucket.is_idle(now)]
        for key in idle:
            del self._buckets[key]
        return len(idle)

    def _new_bucket(self, key: K) -> Bucket:
        while len(self._buckets) >= self._max_keys:
            # The oldest goes: so many keys in one minute are one attacker's, and a limit by key
            # does not hold who has so many of them.
            del self._buckets[next(iter(self._buckets))]
        bucket = self._buckets[key] = Bucket(self._per_minute, self._burst)
        return bucket
