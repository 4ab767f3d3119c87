"""Time comes from outside, so that a test owns it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from typing_extensions import override


class Clock(Protocol):
    """Wall time for what is stored and shown, monotonic time for what is waited for."""

    def now(self) -> datetime:
        """The wall time, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; for durations and deadlines only."""
        ...


class SystemClock(Clock):
    """The machine's own clocks."""

    @override
    def now(self) -> datetime:
        return datetime.now(UTC)

    @override
    def monotonic(self) -> float:
        return time.monotonic()


class ForwardClock(Clock):
    """A clock that an operator or a time server cannot set back: what has expired stays so.

    Goes at the pace of the monotonic clock from where it started, and ahead with the wall time
    where that is later. Started with a clock that is ahead it stays ahead, until a restart.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started_at = clock.now()
        self._started_monotonic = clock.monotonic()

    @override
    def now(self) -> datetime:
        steady = self._started_at + timedelta(seconds=self.monotonic() - self._started_monotonic)
        return max(self._clock.now(), steady)

    @override
    def monotonic(self) -> float:
        return self._clock.monotonic()


@lru_cache(maxsize=1024)  # One commit's messages share their moment.
def rfc3339(moment: datetime) -> str:
    """Write a moment as RFC 3339 §5.6 in UTC with milliseconds, ``2026-01-31T12:00:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
