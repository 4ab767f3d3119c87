"""Whether this process itself has stood still: then it is not Redis that was silent."""

from __future__ import annotations

import asyncio

BEAT_SECONDS = 0.1  # Ten wake-ups a second cost nothing.


class Pulse:
    """Beats on the loop, and knows when it could not.

    Where the loop is held (a machine that was paused, a start that builds for seconds), a command's
    time is over before its answer, which has long arrived, could be read.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._held_from = self._held_until = 0.0  # The last time; of the loop's clock.

    def start(self) -> None:
        """Beat from now on, on the loop that runs."""
        self._loop = asyncio.get_running_loop()
        self._arm(self._loop)

    def stop(self) -> None:
        """Beat no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop = self._timer = None

    def held_seconds(self, within_seconds: float) -> float:
        """For how much of so many seconds, up to now, the loop was held, as far as is known."""
        if self._loop is None:
            return 0.0
        now = self._loop.time()
        held = max(0.0, now - self._due)  # The beat that is due has not come.
        return max(held, self._held_until - max(self._held_from, now - within_seconds))

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = loop.time() + BEAT_SECONDS
        self._timer = loop.call_at(self._due, self._beat, loop)

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        if now - self._due >= BEAT_SECONDS:
            self._held_from, self._held_until = self._due, now
        self._arm(loop)
