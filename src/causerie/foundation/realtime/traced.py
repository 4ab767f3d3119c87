"""The hub with a span for what it publishes and for what it delivers, where traces are on."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from causerie.foundation.realtime.backlogs import Backlogs
from causerie.foundation.realtime.bus import Bus
from causerie.foundation.realtime.catching import Source
from causerie.foundation.realtime.entry import Encoders, Entry
from causerie.foundation.realtime.hub import Hub
from causerie.foundation.telemetry import tracing
from causerie.foundation.telemetry.tracing import Tracer


class TracedHub(Hub):
    """Publishing is handing over to the bus; delivering, what the bus brings, to the sockets."""

    def __init__(
        self, bus: Bus, source: Source, encoders: Encoders, backlogs: Backlogs, *, tracer: Tracer
    ) -> None:
        super().__init__(bus, source, encoders, backlogs)
        self._tracer = tracer

    @override
    def publish(self, topic_id: int, entries: Sequence[Entry]) -> None:
        with self._tracer.span("bus.publish", {"causerie.entries": len(entries)}):
            super().publish(topic_id, entries)

    @override
    def deliver(self, topic_id: int, entries: Sequence[Entry]) -> None:
        with self._tracer.span("hub.deliver", {"causerie.entries": len(entries)}):
            super().deliver(topic_id, entries)


def open_hub(bus: Bus, source: Source, encoders: Encoders, backlogs: Backlogs) -> Hub:
    """A hub, with spans where there is a tracer."""
    tracer = tracing.current()
    if tracer is None:
        return Hub(bus, source, encoders, backlogs)
    return TracedHub(bus, source, encoders, backlogs, tracer=tracer)
