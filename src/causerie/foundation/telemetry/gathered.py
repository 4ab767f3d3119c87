"""The metrics of several processes as those of one server.

Each process takes a ``snapshot`` of its registry; one of them adds the snapshots up. What only
grows must never fall when a process ends, or Prometheus would take it for a restart and count all of
it once more: who gathers keeps what those that ended had been seen with (``Gathering``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from prometheus_client.metrics_core import Metric

from causerie.foundation.telemetry.exposition import Family, Series, Together

# What the library counts by itself, and is not a sum.
LIBRARY_GAUGES: Mapping[str, Together] = {
    "process_start_time_seconds": Together.LEAST,
    "process_max_fds": Together.LEAST,
    "python_info": Together.MOST,
}


def take(metrics: Iterable[Metric]) -> list[Family]:
    """Read what the library counts by itself: counters, gauges and what it calls info."""
    families = []
    for metric in metrics:
        samples = {Series(s.name, s.labels).text: float(s.value) for s in metric.samples}
        together = LIBRARY_GAUGES.get(metric.name, Together.SUM)
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        families.append(Family(name, metric.type, metric.documentation, together, samples))
    return families


def encode(families: Sequence[Family]) -> bytes:
    """Make bytes for another process of this server."""
    return msgspec.msgpack.encode(families)


def decode(encoded: bytes) -> list[Family]:
    """Read what ``encode`` made."""
    return msgspec.msgpack.decode(encoded, type=list[Family])


class Gathering:
    """Adds up the snapshots of processes that come and go, so that what grows never falls."""

    def __init__(self) -> None:
        self._gone: dict[str, Family] = {}
        self._last: dict[int, list[Family]] = {}

    def note(self, process: int, families: list[Family]) -> None:
        """Take what a process showed now."""
        self._last[process] = families

    def end(self, process: int) -> None:
        """Hear that a process has ended: what it had counted stays, what it held is gone."""
        for family in self._last.pop(process, []):
            if family.kind != "gauge":
                _add(self._gone, family)

    def together(self, own: Iterable[Family] = (), *, silent: Collection[int] = ()) -> list[Family]:
        """Add up what was shown last, and ``own``. Those that are ``silent`` count, and hold nothing."""
        total: dict[str, Family] = {}
        for family in (*self._gone.values(), *own):
            _add(total, family)
        for process, families in self._last.items():
            for family in families:
                if family.kind != "gauge" or process not in silent:
                    _add(total, family)
        return list(total.values())


def _add(total: dict[str, Family], family: Family) -> None:
    known = total.get(family.name)
    if known is None:
        total[family.name] = Family(
            family.name, family.kind, family.documentation, family.together, dict(family.samples)
        )
        return
    samples = known.samples
    for key, value in family.samples.items():
        before = samples.get(key)
        samples[key] = value if before is None else family.together.of(before, value)
