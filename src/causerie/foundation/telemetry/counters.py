"""Counters and gauges that cost an attribute, and are only turned into metrics when scraped.

``prometheus_client`` takes a lock for each ``inc()``, about a microsecond; here a delivery is
counted a hundred thousand times a second. In exchange these must be counted on the event loop's
thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

from prometheus_client import CollectorRegistry
from prometheus_client import Histogram as LibraryHistogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override


class Together(StrEnum):
    """How what several processes of one server show is one number."""

    SUM = "sum"  # each holds its own: connections, what waits in memory
    MOST = "most"  # all see the same, some later than others: jobs in the database, uptime
    LEAST = "least"  # the worst counts: whether the database is up

    def of(self, first: float, second: float) -> float:
        """Make one of two."""
        if self is Together.SUM:
            return first + second
        return max(first, second) if self is Together.MOST else min(first, second)


class Count:
    """A number that only grows. ``value`` may be added to directly where even a call is too much."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def inc(self, by: int = 1) -> None:
        """Add to the number."""
        self.value += by


class Counter(Count, Collector):
    """A counter without labels."""

    __slots__ = ("documentation", "name", "together")

    labelnames: Sequence[str] = ()
    kind = "counter"

    def __init__(
        self,
        name: str,
        documentation: str,
        registry: CollectorRegistry,
        *,
        together: Together = Together.SUM,
    ) -> None:
        super().__init__()
        self.together = together
        self.name = name
        self.documentation = documentation
        registry.register(self)

    @override
    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(self.name, self.documentation)
        family.add_metric((), self.value)
        yield family


class LabelledCounter(Collector):
    """One counter per value of one label; values that are known beforehand are shown from 0 on."""

    kind = "counter"

    def __init__(
        self,
        name: str,
        documentation: str,
        registry: CollectorRegistry,
        *,
        label: str,
        known: Iterable[str] = (),
        together: Together = Together.SUM,
    ) -> None:
        self.together = together
        self.name = name
        self.documentation = documentation
        self.labelnames: Sequence[str] = (label,)
        self._counts: dict[str, Count] = {value: Count() for value in known}
        registry.register(self)

    def labels(self, value: str) -> Count:
        """Give the counter of one value; keep it where it is used often.

        Values come from the code (codes, routes, names of workers), never from a client: each one
        stays for good.
        """
        count = self._counts.get(value)
        if count is None:
            count = self._counts[value] = Count()
        return count

    def total(self) -> int:
        """Add up the counters of all values."""
        return sum(count.value for count in self._counts.values())

    @override
    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(self.name, self.documentation, labels=self.labelnames)
        for value, count in self._counts.items():
            family.add_metric((value,), count.value)
        yield family


class ManyLabelledCounter(Collector):
    """One counter per combination of the values of several labels; known ones are shown from 0 on."""

    kind = "counter"

    def __init__(
        self,
        name: str,
        documentation: str,
        registry: CollectorRegistry,
        *,
        labels: Sequence[str],
        known: Iterable[tuple[str, ...]] = (),
    ) -> None:
        self.name = name
        self.documentation = documentation
        self.labelnames: Sequence[str] = labels
        self._counts: dict[tuple[str, ...], Count] = {values: Count() for values in known}
        registry.register(self)

    def labels(self, *values: str) -> Count:
        """Give the counter of these values, in the order of the labels; from the code only."""
        count = self._counts.get(values)
        if count is None:
            count = self._counts[values] = Count()
        return count

    @override
    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(self.name, self.documentation, labels=self.labelnames)
        for values, count in self._counts.items():
            family.add_metric(values, count.value)
        yield family


class Gauge(Collector):
    """A number that goes up and down, either set, or read at the scrape from ``read_from``.

    ``together`` says what it is of several processes.
    """

    __slots__ = ("_read", "documentation", "name", "together", "value")

    labelnames: Sequence[str] = ()
    kind = "gauge"

    def __init__(
        self,
        name: str,
        documentation: str,
        registry: CollectorRegistry,
        *,
        together: Together = Together.SUM,
    ) -> None:
        self.name = name
        self.documentation = documentation
        self.together = together
        self.value: float = 0
        self._read: Callable[[], float] | None = None
        registry.register(self)

    def set(self, value: float) -> None:
        """Replace the number."""
        self.value = value

    def inc(self, by: int = 1) -> None:
        """Add to the number."""
        self.value += by

    def dec(self, by: int = 1) -> None:
        """Take from the number."""
        self.value -= by

    def read_from(self, read: Callable[[], float]) -> None:
        """Ask this function at each scrape, instead of keeping a number."""
        self._read = read

    def now(self) -> float:
        """Give the number as a scrape would see it."""
        return self.value if self._read is None else self._read()

    @override
    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily(self.name, self.documentation)
        family.add_metric((), self.now())
        yield family


class LabelledGauge(Collector):
    """Numbers of the moment by the values of one label, read at the scrape or set beforehand."""

    kind = "gauge"

    def __init__(
        self,
        name: str,
        documentation: str,
        registry: CollectorRegistry,
        *,
        label: str,
        together: Together = Together.SUM,
    ) -> None:
        self.together = together
        self.name = name
        self.documentation = documentation
        self.labelnames: Sequence[str] = (label,)
        self._read: Callable[[], Mapping[str, float]] = dict
        registry.register(self)

    def set(self, values: Mapping[str, float]) -> None:
        """Replace all numbers; the values of the label come from the code only."""
        kept = dict(values)
        self._read = lambda: kept

    def read_from(self, read: Callable[[], Mapping[str, float]]) -> None:
        """Ask this function at each scrape."""
        self._read = read

    @override
    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily(self.name, self.documentation, labels=self.labelnames)
        for value, number in self._read().items():
            family.add_metric((value,), number)
        yield family


class Histogram:
    """The library's histogram, whose locks a request or a commit can afford."""

    kind = "histogram"

    def __init__(
        self,
        name: str,
        documentation: str,
        registry: CollectorRegistry,
        *,
        buckets: Sequence[float],
        labels: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.documentation = documentation
        self.labelnames = labels
        self._histogram = LibraryHistogram(
            name, documentation, labels, registry=registry, buckets=buckets
        )

    def labels(self, *values: str) -> LibraryHistogram:
        """Give the histogram of these values, in the order of the labels; from the code only."""
        return self._histogram.labels(*values)

    def observe(self, value: float) -> None:
        """Take in one value, of a histogram without labels."""
        self._histogram.observe(value)
