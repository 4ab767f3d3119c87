"""Counts that several nodes share: each answers from its own memory, and they settle up by the tick.

What is taken is allowed at once by what this node knows, written down, and told to all the others a
moment later; with the answer comes what they have taken. So nobody waits for it, and it may be away.
A caller who goes to all nodes at the same time gets more than the limit in that moment, and pays
for it: the debt is kept, and nothing more is allowed until it is worked off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

import msgspec
from typing_extensions import override

from causerie.limits.model.algorithms import (
    MAX_KEYS,
    SLOTS_PER_PERIOD,
    Plan,
    SlidingWindows,
    TokenBuckets,
)

# As many nodes as may be asked in the same moment; what they allowed together is owed.
MOST_DEBT = 8

K = TypeVar("K", bound=Hashable)


class BucketShare(msgspec.Struct, frozen=True, gc=False):
    """What was taken from a key's bucket and not told yet, and all that it owes, in seconds."""

    key: Hashable
    spent: float
    owed: float


class WindowShare(msgspec.Struct, frozen=True, gc=False):
    """What was counted of a key and not told yet; a slot of its window lasts so many seconds."""

    key: Hashable
    cost: int
    slot_seconds: float


Slots = Sequence[tuple[int, int]]  # how many slots ago, and what was counted in it


class SharedBuckets(TokenBuckets[K], Generic[K]):
    """Buckets whose levels are those of all nodes, as of the last time that they settled up."""

    def __init__(self, max_keys: int = MAX_KEYS, *, wake: Callable[[], None]) -> None:
        super().__init__(max_keys)
        self._wake = wake
        self._spent: dict[K, float] = {}

    @override
    def take(self, key: K, plan: Plan, now: float, cost: int = 1) -> float | None:
        full_at = self._full_at.get(key)
        if full_at is None:
            full_at = now
            if len(self._full_at) >= self._max_keys:
                self._forget_oldest()
        # More than a full bucket may be owed here, unlike where one process counts alone.
        full_at = min(max(full_at, now), now + plan.tolerance * MOST_DEBT)
        price = plan.interval * (min(plan.burst, cost))
        wait = full_at + price - now - plan.tolerance
        if wait > plan.slack:
            return wait
        self._full_at[key] = full_at + price
        self._spent[key] = self._spent.get(key, 0.0) + price
        self._wake()
        return None

    def shares(self, now: float, *, limit: int) -> list[BucketShare]:
        """Hand over what is to be told, a number of keys at most; it counts as told."""
        found: list[BucketShare] = []
        while self._spent and len(found) < limit:
            key, spent = self._spent.popitem()
            found.append(BucketShare(key, spent, max(spent, self._full_at.get(key, now) - now)))
        return found

    def settle(self, key: K, owed: float, now: float) -> None:
        """Hear what a key owes in all; never less than what is known here: others may forget."""
        full_at = now + owed + self._spent.get(key, 0.0)
        if full_at > self._full_at.get(key, now):
            self._full_at[key] = full_at


class SharedWindows(SlidingWindows[K], Generic[K]):
    """Windows whose counts are those of all nodes, as of the last time that they settled up."""

    def __init__(self, max_keys: int = MAX_KEYS, *, wake: Callable[[], None]) -> None:
        super().__init__(max_keys)
        self._wake = wake
        self._spent: dict[K, tuple[int, float]] = {}

    @override
    def take(self, key: K, plan: Plan, now: float, cost: int = 1) -> float | None:
        wait = super().take(key, plan, now, cost)
        if wait is None:
            spent, _ = self._spent.get(key, (0, 0.0))
            self._spent[key] = (spent + min(cost, plan.quota), plan.slot)
            self._wake()
        return wait

    def shares(self, now: float, *, limit: int) -> list[WindowShare]:
        """Hand over what is to be told, a number of keys at most; it counts as told."""
        del now  # the slot is that of whoever hears it, a moment later
        found: list[WindowShare] = []
        while self._spent and len(found) < limit:
            key, (cost, slot_seconds) = self._spent.popitem()
            found.append(WindowShare(key, cost, slot_seconds))
        return found

    def settle(self, share: WindowShare, counted: Slots, now: float) -> None:
        """Hear what was counted of a key in all; not less than is known here: others may forget."""
        key: K = share.key  # type: ignore[assignment]  # it is one that this object handed over
        unsettled, _ = self._spent.get(key, (0, 0.0))
        known = self._slots.get(key, [])
        if sum(count for _, count in counted) + unsettled < sum(known[1::2]):
            return
        here = math.floor(now / share.slot_seconds)
        slots: dict[int, int] = {}
        for age, count in counted:
            slots[here - age] = slots.get(here - age, 0) + count
        if unsettled:
            slots[here] = slots.get(here, 0) + unsettled
        self._slots[key] = [number for slot in sorted(slots.items()) for number in slot]
        newest = max(slots, default=here)
        self._until[key] = (newest + 1 + SLOTS_PER_PERIOD) * share.slot_seconds
