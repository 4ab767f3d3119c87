"""One limit by key: so many in a time for each user, address or whatever else is counted."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar, cast

from causerie.foundation.clock import Clock
from causerie.foundation.errors import RateLimited
from causerie.foundation.identity import Trust
from causerie.limits.model import (
    Algorithm,
    Plan,
    Rule,
    SlidingWindows,
    Standing,
    TokenBuckets,
)
from causerie.limits.ports import Counts
from causerie.limits.service.sharing import Sharing

MAX_KEYS = 100_000  # Of one limit; at some 200 bytes each, 20 MB at most.

NOBODY: Mapping[Hashable, float] = MappingProxyType({})

K = TypeVar("K", bound=Hashable)


class Limiter(Generic[K]):
    """Counts one kind of action under a rule that may change at any moment.

    ``levels`` knows whose trust is other than normal, and ``blocked`` until when (in monotonic time)
    a key is allowed nothing at all, even where the limit is off. ``on_refused`` is told of each refusal, and
    whether it is the key's first after one that was allowed: a count takes all of them, and a log
    those, or a flood of calls would flood it too. ``sharing``: counts together with other nodes.
    """

    def __init__(
        self,
        name: str,
        rule: Rule,
        *,
        clock: Clock,
        levels: Mapping[K, Trust] | None = None,
        blocked: Mapping[Hashable, float] = NOBODY,
        max_keys: int = MAX_KEYS,
        on_refused: Callable[[str, K, bool], None] | None = None,
        sharing: Sharing | None = None,
    ) -> None:
        self.name = name
        self._sharing = sharing
        self.rule = rule
        self._monotonic = clock.monotonic
        self._levels: Mapping[K, Trust] = {} if levels is None else levels
        self._blocked = blocked
        self._max_keys = max_keys
        self._on_refused = on_refused
        self._refusing: set[K] = set()
        self._tightness = 1.0
        self._plans: Mapping[Trust, Plan | None]
        self._normal: Plan | None
        self._counts: Counts[K] = self._counts_for(rule.algorithm)
        self._plan()

    def __len__(self) -> int:
        """Say how many keys are counted now."""
        return len(self._counts)

    def take(self, key: K, cost: int = 1) -> float | None:
        """Count ``cost`` for the key; None where it is allowed, else the seconds to wait."""
        if self._blocked and (until := self._blocked.get(key)) is not None:
            left = until - self._monotonic()
            if left > 0:
                self._note(key)
                return left
        level = self._levels.get(key)
        # Looking up by an enum's member costs as much as all the rest: nearly nobody needs it.
        plan = self._normal if level is None else self._plans[level]
        if plan is None:
            return None
        wait = self._counts.take(key, plan, self._monotonic(), cost)
        if wait is not None:
            self._note(key)
        elif self._refusing:
            self._refusing.discard(key)
        return wait

    def require(self, key: K, cost: int = 1) -> None:
        """Count ``cost`` for the key. Raises ``RateLimited`` where it is too much."""
        wait = self.take(key, cost)
        if wait is not None:
            raise too_often(wait)

    def standing(self, key: K) -> Standing | None:
        """Tell how the key stands, without counting; None where the limit is off."""
        plan = self._plans[self._levels.get(key, Trust.NORMAL)]
        return None if plan is None else self._counts.standing(key, plan, self._monotonic())

    def remove_idle(self) -> int:
        """Forget keys that have all their allowance again; gives how many."""
        # Who was refused and came no more: told again the next time, once a minute at most.
        self._refusing.clear()
        return self._counts.remove_idle(self._monotonic())

    def change(self, rule: Rule) -> None:
        """Count by another rule from now on. What was counted stays where that has a meaning."""
        is_alike = rule.algorithm is self.rule.algorithm and (
            rule.algorithm is Algorithm.TOKEN_BUCKET
            or rule.period_seconds == self.rule.period_seconds
        )
        if not is_alike:
            self._counts = self._counts_for(rule.algorithm)
        self.rule = rule
        self._plan()

    def tighten(self, tightness: float) -> None:
        """Allow this part of what the rule says, until told otherwise; 1 is all of it."""
        self._tightness = tightness
        self._plan()

    def _plan(self) -> None:
        self._plans = {trust: self.rule.plan(trust, self._tightness) for trust in Trust}
        self._normal = self._plans[Trust.NORMAL]

    def _counts_for(self, algorithm: Algorithm) -> Counts[K]:
        is_window = algorithm is Algorithm.SLIDING_WINDOW
        if self._sharing is None:
            return SlidingWindows(self._max_keys) if is_window else TokenBuckets(self._max_keys)
        make = self._sharing.windows if is_window else self._sharing.buckets
        return cast("Counts[K]", make(self.name, self._max_keys))

    def _note(self, key: K) -> None:
        is_first = key not in self._refusing
        if is_first and len(self._refusing) < self._max_keys:
            self._refusing.add(key)
        if self._on_refused is not None:
            self._on_refused(self.name, key, is_first)


def too_often(wait_seconds: float) -> RateLimited:
    """Say how long to wait, in whole seconds, rounded up."""
    return RateLimited("Too often; wait a moment", retry_after=max(1, math.ceil(wait_seconds)))
