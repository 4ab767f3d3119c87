"""A clock that a test owns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from typing_extensions import override

from causerie.foundation.clock import Clock


class FakeClock(Clock):
    """Stands still until told to advance; both of its times go together."""

    def __init__(self, now: datetime = datetime(2026, 1, 31, 12, tzinfo=UTC)) -> None:
        self._now = now
        self._monotonic = 1000.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def jump(self, seconds: float) -> None:
        """Set the wall time forward or back, as an operator or a time server does."""
        self._now += timedelta(seconds=seconds)

    @override
    def now(self) -> datetime:
        return self._now

    @override
    def monotonic(self) -> float:
        return self._monotonic
