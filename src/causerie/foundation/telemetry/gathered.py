"""The metrics of several processes as those of one server.

Each process takes a ``snapshot`` of its registry; one of them adds the snapshots up. What only
grows must never fall when a process ends, or Prometheus would take it for a restart and count all of
it once more: who gathers keeps what those that ended had been seen with (``Gathering``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import cast

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric

from causerie.foundation.telemetry.counters import Together

SampleKey = tuple[str, tuple[tuple[str, str], ...]]  # Its name, and its labels.

# What the library counts by itself, and is not a sum.
LIBRARY_GAUGES: Mapping[str, Together] = {
    "process_start_time_seconds": Together.LEAST,
    "process_max_fds": Together.LEAST,
    "python_info": Together.MOST,
}
CREATED = "_created"  # When a series began; Prometheus' text format has no place for it.


class Family(msgspec.Struct, array_like=True):
    """One metric of one process, or of several together."""

    name: str
    kind: str
    documentation: str
    together: Together
    samples: dict[SampleKey, float]


def take(metrics: Iterable[Metric], together: Mapping[str, Together]) -> list[Family]:
    """Read metrics; ``together`` says of some how those of several processes are one: no sum."""
    families = []
    for metric in metrics:
        samples = {
            (sample.name, tuple(sample.labels.items())): float(sample.value)
            for sample in metric.samples
            if not sample.name.endswith(CREATED)
        }
        how = together.get(metric.name) or LIBRARY_GAUGES.get(metric.name, Together.SUM)
        families.append(Family(metric.name, metric.type, metric.documentation, how, samples))
    return families


def write(families: Iterable[Family]) -> bytes:
    """Write families in Prometheus' text format."""
    return generate_latest(cast("CollectorRegistry", _Written(families)))


class _Written:
    """Families as the library's writer takes them: what has a ``collect``."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        for family in self._families:
            metric = Metric(family.name, family.documentation, family.kind)
            for (name, labels), value in family.samples.items():
                metric.add_sample(name, dict(labels), value)
            yield metric


def encode(families: Sequence[Family]) -> bytes:
    """Make bytes for another process of this server."""
    plain = [
        (f.name, f.kind, f.documentation, f.together, list(f.samples.items())) for f in families
    ]
    return msgspec.msgpack.encode(plain)


def decode(encoded: bytes) -> list[Family]:
    """Read what ``encode`` made."""
    found = msgspec.msgpack.decode(
        encoded, type=list[tuple[str, str, str, Together, list[tuple[SampleKey, float]]]]
    )
    return [
        Family(name, kind, documentation, together, dict(samples))
        for name, kind, documentation, together, samples in found
    ]


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
