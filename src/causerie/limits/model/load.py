"""How loaded the process is, in three levels that do not flutter."""

from __future__ import annotations

from enum import IntEnum

import msgspec

# What a full second of each takes to be noticed. A loop that answers half a second late is felt by
# everybody; so many messages wait a tenth of a second for their commit on a slow disk.
BUSY_LAG_SECONDS = 0.5
STRAINED_LAG_SECONDS = 2.0
BUSY_QUEUE = 1_000
STRAINED_QUEUE = 5_000
# A busy processor alone does its work; late and busy, it does not get done with it.
BUSY_CPU_SHARE = 0.9
BUSY_CPU_LAG_SECONDS = 0.25

RISE_SAMPLES = 5  # In a row, a second each, before limits tighten: a hiccup is none of them.
FALL_SAMPLES = 15  # In a row, and below half of each threshold, before they let go again.
EASE = 0.5


class LoadLevel(IntEnum):
    """How loaded the process is."""

    CALM = 0
    BUSY = 1
    STRAINED = 2

    @property
    def tightness(self) -> float:
        """The part of what rules allow that is allowed."""
        return (1.0, 0.7, 0.4)[self]


class LoadSample(msgspec.Struct, frozen=True):
    """One second: how late the loop was, what waited for the writer, how much of a core was used."""

    lag_seconds: float = 0.0
    queue: int = 0
    cpu_share: float = 0.0

    def level(self, ease: float = 1.0) -> LoadLevel:
        """What this second alone would be, with thresholds times ``ease``."""
        if self.lag_seconds >= STRAINED_LAG_SECONDS * ease or self.queue >= STRAINED_QUEUE * ease:
            return LoadLevel.STRAINED
        is_late_and_busy = (
            self.cpu_share >= BUSY_CPU_SHARE and self.lag_seconds >= BUSY_CPU_LAG_SECONDS * ease
        )
        if (
            is_late_and_busy
            or self.lag_seconds >= BUSY_LAG_SECONDS * ease
            or self.queue >= BUSY_QUEUE * ease
        ):
            return LoadLevel.BUSY
        return LoadLevel.CALM

    def explain(self) -> str:
        """Say in words what was measured."""
        return (
            f"the loop was {self.lag_seconds * 1000:.0f} ms late, {self.queue} messages waited, "
            f"{self.cpu_share:.0%} of a core was used"
        )


class LoadGauge:
    """Takes a sample a second and says the level: up after some seconds, down after more of them."""

    def __init__(self) -> None:
        self.level = LoadLevel.CALM
        self.latest = LoadSample()
        self.reason = "nothing waits"  # what set the level
        self._rising = 0
        self._falling = 0

    def feed(self, sample: LoadSample) -> bool:
        """Take a sample; says whether the level is another one now. One step at a time."""
        self.latest = sample
        self._rising = self._rising + 1 if sample.level() > self.level else 0
        self._falling = self._falling + 1 if sample.level(EASE) < self.level else 0
        if self._rising >= RISE_SAMPLES:
            self._step(1, sample)
        elif self._falling >= FALL_SAMPLES:
            self._step(-1, sample)
        else:
            return False
        return True

    def _step(self, by: int, sample: LoadSample) -> None:
        self.level = LoadLevel(self.level + by)
        self.reason = sample.explain()
        self._rising = self._falling = 0
