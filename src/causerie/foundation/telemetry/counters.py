"""Counters, gauges and histograms that cost an attribute, and are turned into text when scraped.

``prometheus_client`` takes a lock for each ``inc()``, about a microsecond; here a delivery is
counted a hundred thousand times a second. In exchange these must be counted on the event loop's
thread only.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from causerie.foundation.telemetry.exposition import Family, Number, Series, Together, number

Samples = Iterator[tuple[Series, Number]]


class Shown(Collector):
    """A metric under its name. Two of one name are refused by the registry (``ValueError``)."""

    kind: str

    def __init__(
        self,
        name: str,
        documentation: str,
        registry: CollectorRegistry,
        *,
        labels: Sequence[str] = (),
        together: Together = Together.SUM,
    ) -> None:
        self.name = name
        self.documentation = documentation
        self.labelnames = labels
        self.together = together
        registry.register(self)

    @abstractmethod
    def samples(self) -> Samples:
        """Give the numbers of now."""

    def family(self) -> Family:
        """Give the numbers of now as they are written, and added to those of other processes."""
        samples = {series.text: value for series, value in self.samples()}
        return Family(self.name, self.kind, self.documentation, self.together, samples)

    @override
    def collect(self) -> Iterable[Metric]:
        """Give the numbers of now to the library: for its registry, and to be compared with it."""
        # The library names a counter's family without its ending.
        metric = Metric(self.name.removesuffix("_total"), self.documentation, self.kind)
        for series, value in self.samples():
            metric.add_sample(series.name, dict(series.labels), value)
        yield metric

    def _series(self, values: Sequence[str]) -> Series:
        return Series(self.name, dict(zip(self.labelnames, values, strict=True)))


class Count:
    """A number that only grows. ``value`` may be added to directly where even a call is too much."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def inc(self, by: int = 1) -> None:
        """Add to the number."""
        self.value += by


class Counter(Count, Shown):
    """A counter without labels."""

    kind = "counter"

    def __init__(
        self,
        name: str,
        documentation: str,
        registry: CollectorRegistry,
        *,
        together: Together = Together.SUM,
    ) -> None:
        Count.__init__(self)
        self._one = Series(name)
        Shown.__init__(self, name, documentation, registry, together=together)

    @override
    def samples(self) -> Samples:
        yield self._one, self.value


class ManyLabelledCounter(Shown):
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
        together: Together = Together.SUM,
    ) -> None:
        self._counts: dict[tuple[str, ...], Count] = {}
        self._shown: list[tuple[Series, Count]] = []
        super().__init__(name, documentation, registry, labels=labels, together=together)
        for values in known:
            self._begin(values)

    def labels(self, *values: str) -> Count:
        """Give the counter of these values, in the order of the labels; keep it where it is used often.

        Values come from the code (codes, routes, names of workers), never from a client: each one
        stays for good.
        """
        count = self._counts.get(values)
        return self._begin(values) if count is None else count

    def total(self) -> int:
        """Add up the counters of all values."""
        return sum(count.value for count in self._counts.values())

    def _begin(self, values: tuple[str, ...]) -> Count:
        count = self._counts[values] = Count()
        self._shown.append((self._series(values), count))
        return count

    @override
    def samples(self) -> Samples:
        for series, count in self._shown:
            yield series, count.value


class LabelledCounter(ManyLabelledCounter):
    """One counter per value of one label; values that are known beforehand are shown from 0 on."""

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
        super().__init__(
            name,
            documentation,
            registry,
            labels=(label,),
            known=((value,) for value in known),
            together=together,
        )


class Gauge(Shown):
    """A number that goes up and down: set, added to (``value``), or read from elsewhere at the scrape.

    ``together`` says what it is of several processes.
    """

    kind = "gauge"

    def __init__(
        self,
        name: str,
        documentation: str,
        registry: CollectorRegistry,
        *,
        together: Together = Together.SUM,
    ) -> None:
        self.value: float = 0
        self._read: Callable[[], float] | None = None
        self._one = Series(name)
        super().__init__(name, documentation, registry, together=together)

    def set(self, value: float) -> None:
        """Replace the number."""
        self.value = value

    def read_from(self, read: Callable[[], float]) -> None:
        """Ask this function at each scrape, instead of keeping a number."""
        self._read = read

    def now(self) -> float:
        """Give the number as a scrape would see it."""
        return self.value if self._read is None else self._read()

    @override
    def samples(self) -> Samples:
        yield self._one, self.now()


class LabelledGauge(Shown):
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
        self._read: Callable[[], Mapping[str, float]] = dict
        super().__init__(name, documentation, registry, labels=(label,), together=together)

    def set(self, values: Mapping[str, float]) -> None:
        """Replace all numbers; the values of the label come from the code only."""
        kept = dict(values)
        self._read = lambda: kept

    def read_from(self, read: Callable[[], Mapping[str, float]]) -> None:
        """Ask this function at each scrape."""
        self._read = read

    @override
    def samples(self) -> Samples:
        for value, amount in self._read().items():
            yield self._series((value,)), amount


class Buckets:
    """What a histogram has taken in under one set of labels."""

    __slots__ = ("_counts", "_edges", "_lines", "_sum")

    def __init__(self, name: str, labels: Mapping[str, str], edges: Sequence[float]) -> None:
        self._edges = edges
        self._counts = [0] * (len(edges) + 1)  # Each by itself; the last one has no edge.
        self._sum = 0.0
        self._lines = [
            *(
                Series(f"{name}_bucket", {**labels, "le": number(edge)})
                for edge in (*edges, float("inf"))
            ),
            Series(f"{name}_count", labels),
            Series(f"{name}_sum", labels),
        ]

    def observe(self, value: float) -> None:
        """Take in one value."""
        self._counts[bisect_left(self._edges, value)] += 1
        self._sum += value

    def samples(self) -> Samples:
        """Give the numbers of now: of each edge what lies below it, how many, and their sum."""
        below = list(accumulate(self._counts))
        return zip(self._lines, (*below, below[-1], self._sum), strict=True)


class Histogram(Shown):
    """How long things took, or how large they were, sorted into buckets."""

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
        self._edges = buckets
        self._children: dict[tuple[str, ...], Buckets] = {}
        super().__init__(name, documentation, registry, labels=labels)
        if not labels:
            self.labels()  # Shown from 0 on.

    def labels(self, *values: str) -> Buckets:
        """Give the histogram of these values, in the order of the labels; from the code only."""
        found = self._children.get(values)
        if found is None:
            labels = dict(zip(self.labelnames, values, strict=True))
            found = self._children[values] = Buckets(self.name, labels, self._edges)
        return found

    def observe(self, value: float) -> None:
        """Take in one value, of a histogram without labels."""
        self.labels().observe(value)

    @override
    def samples(self) -> Samples:
        for child in self._children.values():
            yield from child.samples()
