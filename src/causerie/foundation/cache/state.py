"""Whether Redis can be used, as all pools of a process see it."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from causerie.foundation.cache.errors import AwayReason, CacheAway
from causerie.foundation.cache.pulse import Pulse
from causerie.foundation.clock import Clock
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

Listener = Callable[[bool], None]


class State:
    """One failure stands for all: after it everybody fails at once, until the watch has been through."""

    def __init__(self, clock: Clock) -> None:
        self.pulse = Pulse()
        self._clock = clock
        self._reason: AwayReason | None = None
        self._since = clock.monotonic()
        self._listeners: list[Listener] = []

    @property
    def reason(self) -> AwayReason | None:
        """Why Redis is away; None where it is there."""
        return self._reason

    @property
    def seconds(self) -> float:
        """How long it has been there, or away."""
        return self._clock.monotonic() - self._since

    def require_there(self) -> None:
        """Raise ``CacheAway`` where it is known to be away."""
        if self._reason is not None:
            raise CacheAway(self._reason)

    def listen(self, listener: Listener) -> None:
        """Hear ``True`` when Redis is back, ``False`` when it goes; must not raise or await."""
        self._listeners.append(listener)

    def note_gone(self, reason: AwayReason, *, waited_seconds: float = 0.0) -> None:
        """A command failed, or the watch's probe, after so long.

        Where this process stood still for half of that or more, it has not listened: that it heard
        nothing says nothing of Redis, and the next who asks will see.
        """
        held = self.pulse.held_seconds(waited_seconds)
        if reason is AwayReason.SILENT and waited_seconds and held >= waited_seconds / 2:
            reason = AwayReason.BUSY
        metrics.CACHE_FAILURES.labels(reason.value).inc()
        if reason is AwayReason.BUSY:  # our own doing: others get through
            return
        was_there, self._reason = self._reason is None, reason
        if was_there:
            self._turn(is_up=False)
            metrics.CACHE_OUTAGES.inc()
            log.warning("cache_away", reason=reason.value)

    def note_back(self) -> None:
        """The watch got through."""
        was_away, self._reason = self._reason is not None, None
        if was_away:
            log.info("cache_back", away_seconds=round(self.seconds, 1))
            self._turn(is_up=True)

    def _turn(self, *, is_up: bool) -> None:
        self._since = self._clock.monotonic()
        metrics.CACHE_UP.set(int(is_up))
        for listener in self._listeners:
            listener(is_up)
