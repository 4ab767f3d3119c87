"""Limits that tighten while the process is loaded, and let go when it is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from causerie.foundation.clock import Clock
from causerie.foundation.telemetry import metrics
from causerie.limits.model import LoadGauge, LoadSample
from causerie.limits.service.book import LimitBook

log = structlog.get_logger()

SAMPLE_SECONDS = 1.0


class Tightening:
    """Measures each second what the process has to do, and tells the book of limits."""

    def __init__(
        self,
        book: LimitBook,
        *,
        clock: Clock,
        queue_depth: Callable[[], float],
        cpu_seconds: Callable[[], float] = time.process_time,
    ) -> None:
        self._book = book
        self._monotonic = clock.monotonic
        self._queue_depth = queue_depth
        self._cpu_seconds = cpu_seconds
        self.gauge = LoadGauge()

    async def run(self) -> None:
        """Measure, for ever; a supervised worker."""
        while True:
            began, cpu_began = self._monotonic(), self._cpu_seconds()
            await asyncio.sleep(SAMPLE_SECONDS)
            took = max(self._monotonic() - began, SAMPLE_SECONDS)
            self.feed(
                LoadSample(
                    lag_seconds=took - SAMPLE_SECONDS,
                    queue=int(self._queue_depth()),
                    cpu_share=(self._cpu_seconds() - cpu_began) / took,
                )
            )

    def feed(self, sample: LoadSample) -> None:
        """Take what was measured in a second."""
        if not self.gauge.feed(sample):
            return
        level = self.gauge.level
        self._book.tighten(level.tightness)
        metrics.LIMITS_TIGHTNESS.set(level.tightness)
        log.warning(
            "limits_follow_load",
            level=level.name.lower(),
            tightness=level.tightness,
            reason=self.gauge.reason,
        )
