"""How things are counted: token buckets and sliding windows, by key, in this process's memory.

Time is monotonic seconds: the wall clock may jump by days, and nothing here moves.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Generic, TypeVar

import msgspec

# Keys of the last minutes only; at some 200 bytes each, 20 MB at most.
MAX_KEYS = 100_000
# How finely a window slides: a wait is too long by a twelfth of the period at most.
SLOTS_PER_PERIOD = 12

K = TypeVar("K", bound=Hashable)


class Plan:
    """What one caller may do: ``quota`` a period, ``burst`` at once. Made once, asked often."""

    __slots__ = ("burst", "interval", "period", "quota", "slack", "slot", "tolerance")

    def __init__(self, *, quota: int, period_seconds: float, burst: int) -> None:
        if quota <= 0 or burst <= 0 or period_seconds <= 0:
            raise ValueError("a plan allows something; leave it out to allow all")
        self.quota = quota
        self.period = period_seconds
        self.burst = burst
        self.interval = period_seconds / quota
        self.tolerance = self.interval * burst
        # Sums of floats: a hundredth of an interval more or less is nobody's loss.
        self.slack = self.interval / 100
        self.slot = period_seconds / SLOTS_PER_PERIOD


class Standing(msgspec.Struct, frozen=True, gc=False):
    """How a caller stands: ``limit`` at once, ``remaining`` of it, all of it again in so long."""

    limit: int
    remaining: int
    reset_seconds: float
    window_seconds: float


class TokenBuckets(Generic[K]):
    """The generic cell rate algorithm: a key's bucket is the moment when it will be full again.

    So an idle key holds nothing to remember, and a plan may change at any moment: what was used is
    counted in seconds, of which never more are owed than the plan of now allows.
    """

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self._full_at: dict[K, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: K, plan: Plan, now: float, cost: int = 1) -> float | None:
        """Take ``cost``; None where it was there, else the seconds until it will be.

        A refused one takes nothing. What costs more than a full bucket takes the full one.
        """
        full_at = self._full_at.get(key)
        if full_at is None:
            full_at = now
            if len(self._full_at) >= self._max_keys:
                self._forget_oldest()
        elif full_at < now:
            full_at = now
        elif full_at > now + plan.tolerance:  # an older plan's debt
            full_at = now + plan.tolerance
        price = plan.interval * (min(plan.burst, cost))
        wait = full_at + price - now - plan.tolerance
        if wait > plan.slack:
            return wait
        self._full_at[key] = full_at + price
        return None

    def standing(self, key: K, plan: Plan, now: float) -> Standing:
        """Tell how a key stands, without taking anything."""
        owed = min(max(0.0, self._full_at.get(key, 0.0) - now), plan.tolerance)
        remaining = math.floor((plan.tolerance - owed + plan.slack) / plan.interval)
        return Standing(plan.burst, remaining, owed, plan.tolerance)

    def remove_idle(self, now: float) -> int:
        """Forget the keys whose bucket is full, and so no other than a new one; gives how many."""
        idle = [key for key, full_at in self._full_at.items() if full_at <= now]
        for key in idle:
            del self._full_at[key]
        return len(idle)

    def _forget_oldest(self) -> None:
        # So many keys in so short a time are one attacker's, and a limit by key does not hold who
        # has so many of them.
        del self._full_at[next(iter(self._full_at))]


class SlidingWindows(Generic[K]):
    """Counts per slot of a twelfth of the period, so that no period at all sees more than the quota.

    Strict where the usual two-counter estimate is not: that one lets nearly twice the quota pass
    around the border of its windows. ``burst`` has no meaning here: all of a quota may come at once.
    """

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        # Of each key [slot, count, slot, count ...], the oldest first; at most one slot more than
        # a period has. A slot is counted from the beginning of monotonic time.
        self._slots: dict[K, list[int]] = {}
        self._until: dict[K, float] = {}  # when the newest count leaves its window

    def __len__(self) -> int:
        return len(self._slots)

    def take(self, key: K, plan: Plan, now: float, cost: int = 1) -> float | None:
        """Take ``cost``; None where it was there, else the seconds until it will be.

        A refused one takes nothing. What costs more than the quota takes all of it.
        """
        slots = self._slots.get(key)
        if slots is None:
            if len(self._slots) >= self._max_keys:
                oldest = next(iter(self._slots))
                del self._slots[oldest], self._until[oldest]
            slots = self._slots[key] = []
        self._slide(slots, plan, now)
        over = sum(slots[1::2]) + min(cost, plan.quota) - plan.quota
        if over > 0:
            return self._wait(slots, plan, now, over)
        slot = math.floor(now / plan.slot)
        if slots and slots[-2] == slot:
            slots[-1] += min(cost, plan.quota)
        else:
            slots += (slot, min(cost, plan.quota))
        self._until[key] = (slot + 1) * plan.slot + plan.period
        return None

    def standing(self, key: K, plan: Plan, now: float) -> Standing:
        """Tell how a key stands, without taking anything."""
        slots = self._slots.get(key, [])
        self._slide(slots, plan, now)
        remaining = max(0, plan.quota - sum(slots[1::2]))
        reset = max(0.0, self._until.get(key, 0.0) - now) if slots else 0.0
        return Standing(plan.quota, remaining, reset, plan.period)

    def remove_idle(self, now: float) -> int:
        """Forget the keys of whom nothing lies within a period any more; gives how many."""
        idle = [key for key in self._slots if self._until.get(key, 0.0) <= now]
        for key in idle:
            del self._slots[key]
            self._until.pop(key, None)
        return len(idle)

    @staticmethod
    def _slide(slots: list[int], plan: Plan, now: float) -> None:
        first = math.floor((now - plan.period) / plan.slot)  # may hold some of the period
        while slots and slots[0] < first:
            del slots[:2]

    @staticmethod
    def _wait(slots: list[int], plan: Plan, now: float, over: int) -> float:
        for slot, count in zip(slots[::2], slots[1::2], strict=True):
            over -= count
            if over <= 0:
                return max(0.0, (slot + 1) * plan.slot + plan.period - now)
        return plan.period  # Never reached: all that is counted is more than is over.
