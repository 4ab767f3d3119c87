"""Time comes from outside, so that a test owns it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
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


@lru_cache(maxsize=1024)  # One commit's messages share their moment.
def rfc3339(moment: datetime) -> str:
    """Write a moment as RFC 3339 §5.6 in UTC with milliseconds, ``2026-01-31T12:00:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
