"""Reads metrics in Prometheus' text format, ours or anybody's."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


class Reading:
    """What one address showed at one moment; counters since the start of the process."""

    def __init__(self, samples: Mapping[tuple[str, Labels], float]) -> None:
        self._by_name: dict[str, dict[Labels, float]] = {}
        for (name, labels), value in samples.items():
            self._by_name.setdefault(name, {})[labels] = value

    @classmethod
    def of(cls, text: str) -> Reading:
        """Read a text. Raises ``ValueError`` where it is none of the format."""
        return cls(
            {
                (sample.name, frozenset(sample.labels.items())): sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            }
        )

    @property
    def names(self) -> frozenset[str]:
        """The names of all samples."""
        return frozenset(self._by_name)

    def series(self, name: str, **labels: str) -> dict[Labels, float]:
        """The samples of a name that have these labels."""
        wanted = set(labels.items())
        return {found: v for found, v in self._by_name.get(name, {}).items() if wanted <= found}

    def total(self, name: str, **labels: str) -> float:
        """Add the samples of a name up; 0 where there is none."""
        return sum(self.series(name, **labels).values())

    def find(self, name: str, **labels: str) -> float | None:
        """The one sample of a name, or None where there is none."""
        return next(iter(self.series(name, **labels).values()), None)


def quantile(
    share: float, now: Reading, before: Reading | None, name: str, **labels: str
) -> float | None:
    """Guess a quantile of what a histogram took in between two readings, as Prometheus does.

    Within its bucket by straight line; in the last one its lower edge. None: it took in nothing.
    """
    counts = _added(lambda reading: _buckets(reading, name, labels), now, before)
    if not counts or counts[-1][1] <= 0:
        return None
    rank = share * counts[-1][1]
    low, below = 0.0, 0.0
    for edge, count in counts:
        if count >= rank:
            if math.isinf(edge) or count == below:
                return low
            return low + (edge - low) * (rank - below) / (count - below)
        low, below = edge, count
    return low


def _buckets(reading: Reading, name: str, labels: Mapping[str, str]) -> dict[float, float]:
    sums: dict[float, float] = {}
    for found, count in reading.series(f"{name}_bucket", **labels).items():
        edge = float(dict(found)["le"])
        sums[edge] = sums.get(edge, 0.0) + count
    return sums


def _added(
    buckets: Callable[[Reading], dict[float, float]], now: Reading, before: Reading | None
) -> list[tuple[float, float]]:
    old = {} if before is None else buckets(before)
    new = buckets(now)
    if any(new.get(edge, 0.0) < count for edge, count in old.items()):
        old = {}  # Started anew in between.
    return sorted((edge, count - old.get(edge, 0.0)) for edge, count in new.items())


def merged(readings: Iterable[Reading]) -> Reading:
    """Several readings as one whose series are the sums."""
    sums: dict[tuple[str, Labels], float] = {}
    for reading in readings:
        for name in reading.names:
            for labels, value in reading.series(name).items():
                sums[name, labels] = sums.get((name, labels), 0.0) + value
    return Reading(sums)
