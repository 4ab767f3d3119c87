"""When the users speak: as fast as acknowledgements allow (closed loop), or at an offered rate."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import count
from time import perf_counter_ns

from typing_extensions import override

from causerie.assembly.loadtest.stream import Histogram, Measure
from causerie.assembly.loadtest.wire import Outcomes, Speaker, stamped

TICK_SECONDS = 0.001  # At an offered rate sends are due in steps of this.
RETRY_SECONDS = 0.1  # A refused sender waits this long at least, so that refusals do not spin.
MAX_UNANSWERED = 100_000  # Past this the server has lost touch with the rate; we wait for it.


class Sends(Outcomes):
    """Books of what was sent and how it was answered."""

    def __init__(self, measure: Measure, *, size: int) -> None:
        self.ack_latency = Histogram()
        self.errors: Counter[str] = Counter()
        self.sent = 0
        self.acked = 0
        self._measure = measure
        self._size = size
        self._refs = count(1)
        self._sent_at: dict[int, int] = {}

    @property
    def unanswered(self) -> int:
        """How many sends have neither an acknowledgement nor an error yet."""
        return len(self._sent_at)

    def send(self, speaker: Speaker) -> None:
        """Send one stamped message from this user."""
        if not speaker.open:
            return
        ref = next(self._refs)
        now_ns = perf_counter_ns()
        self._sent_at[ref] = now_ns
        self.sent += 1
        speaker.send(ref, stamped(now_ns, self._size))

    @override
    def on_ack(self, speaker: Speaker, ref: int) -> None:
        now_ns = perf_counter_ns()
        sent_ns = self._sent_at.pop(ref, None)
        if sent_ns is None:
            self.errors["acknowledged twice or unasked"] += 1
            return
        self.acked += 1
        if self._measure.covers(sent_ns):
            self.ack_latency.record(now_ns - sent_ns)

    @override
    def on_error(self, speaker: Speaker, ref: int | None, code: str, retry_after: float) -> None:
        self.errors[code] += 1
        if ref is not None:
            self._sent_at.pop(ref, None)


class ClosedLoop(Outcomes):
    """Each sender keeps a number of messages in flight: an acknowledgement brings the next send."""

    def __init__(self, sends: Sends, senders: Sequence[tuple[Speaker, int]]) -> None:
        self.sends = sends
        self.senders = senders
        self._running = False

    def start(self) -> None:
        """Begin to send."""
        self._running = True
        for speaker, in_flight in self.senders:
            for _ in range(in_flight):
                self.sends.send(speaker)

    def stop(self) -> None:
        """Begin no more sends."""
        self._running = False

    @override
    def on_ack(self, speaker: Speaker, ref: int) -> None:
        self.sends.on_ack(speaker, ref)
        self._next(speaker)

    @override
    def on_error(self, speaker: Speaker, ref: int | None, code: str, retry_after: float) -> None:
        self.sends.on_error(speaker, ref, code, retry_after)
        if ref is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(max(retry_after, RETRY_SECONDS), self._next, speaker)

    def _next(self, speaker: Speaker) -> None:
        if self._running:
            self.sends.send(speaker)


class OfferedRate(Outcomes):
    """All senders together offer a number of messages a second, in turn, whatever comes back."""

    def __init__(
        self, sends: Sends, senders: Sequence[Speaker], *, messages_per_second: float
    ) -> None:
        self.sends = sends
        self.senders = senders
        self._rate = messages_per_second
        self._begun = 0.0
        self._due = 0
        self._turn = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to send."""
        self._begun = asyncio.get_running_loop().time()
        self._tick()

    def stop(self) -> None:
        """Begin no more sends."""
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        due = int((loop.time() - self._begun) * self._rate)
        # What is not sent because the server is too far behind is not made up for later.
        allowed = max(min(due - self._due, MAX_UNANSWERED - self.sends.unanswered), 0)
        self._due = due
        for _ in range(allowed):
            self.sends.send(self.senders[self._turn % len(self.senders)])
            self._turn += 1
        self._timer = loop.call_later(TICK_SECONDS, self._tick)

    @override
    def on_ack(self, speaker: Speaker, ref: int) -> None:
        self.sends.on_ack(speaker, ref)

    @override
    def on_error(self, speaker: Speaker, ref: int | None, code: str, retry_after: float) -> None:
        self.sends.on_error(speaker, ref, code, retry_after)
