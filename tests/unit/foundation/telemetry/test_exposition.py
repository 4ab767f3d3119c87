"""What is written is what the library would write, byte for byte, and much sooner."""

from __future__ import annotations

import math
import time

import pytest
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from causerie.foundation.telemetry import metrics
from causerie.foundation.telemetry.counters import (
    Counter,
    Gauge,
    Histogram,
    LabelledCounter,
    LabelledGauge,
    ManyLabelledCounter,
    Shown,
)
from causerie.foundation.telemetry.exposition import write
from causerie.foundation.telemetry.gathered import Gathering, decode, encode, take
from tests.measures import slowness

NUMBERS = (0, 7, -3, 999_999, 1_000_000, 12_345_678, 2**53, 0.1, 1.5e-9, 2.5e6, 1e22)
MANY = 300  # Routes by method and status, of a server with all of its features.
MAX_SECONDS = 0.05  # Of processor time, for all that a node shows.


def all_kinds(registry: CollectorRegistry) -> list[Shown]:
    """One metric of each kind, with numbers and labels that are hard to write."""
    sent = Counter("sent_total", "Sent; a \\ and\na line.", registry)
    sent.inc(3)
    errors = LabelledCounter("errors_total", "By type.", registry, label="type", known=("none",))
    errors.labels('a "quoted"\nline \\ é').inc()
    calls = ManyLabelledCounter("calls_total", "Calls.", registry, labels=("method", "code"))
    calls.labels("GET", "200").inc(1_000_001)
    up = LabelledGauge("things", "Of all sizes.", registry, label="size")
    up.set({str(n): n for n in (*NUMBERS, math.inf, -math.inf, math.nan)})
    depth = Gauge("depth", "Depth.", registry)
    depth.read_from(lambda: -0.25)
    plain = Histogram("size", "Size.", registry, buckets=(1, 2.5, 10_000_000))
    for value in (0.5, 1, 1.0001, 3, 1e9):
        plain.observe(value)
    by_route = Histogram("s", "By route.", registry, buckets=(0.1,), labels=("route", "method"))
    by_route.labels("/z", "GET").observe(0.1)
    by_route.labels("/a", "GET").observe(0.3)
    unused = Histogram("unused", "Never.", registry, buckets=(1,), labels=("route",))
    return [sent, errors, calls, up, depth, plain, by_route, unused]


def test_every_kind_is_written_as_the_library_writes_it() -> None:
    registry = CollectorRegistry()
    ours = all_kinds(registry)

    assert write([metric.family() for metric in ours]) == generate_latest(registry)


def test_what_another_process_sent_is_written_the_same() -> None:
    registry = CollectorRegistry()
    families = [metric.family() for metric in all_kinds(registry)]

    assert write(decode(encode(families))) == generate_latest(registry)


def test_what_the_library_counts_itself_is_written_as_it_would() -> None:
    registry = CollectorRegistry()
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    read = list(registry.collect())

    class Read:
        def collect(self) -> list[object]:
            return list(read)

    assert write(take(read)) == generate_latest(Read())  # type: ignore[arg-type] # what has a collect


def test_the_catalogue_is_read_back_whole() -> None:
    text = metrics.render().decode()
    read = {family.name: family for family in text_string_to_metric_families(text)}

    for metric in metrics.CATALOGUE:
        family = read[metric.name.removesuffix("_total")]
        assert (family.type, family.documentation) == (metric.kind, metric.documentation)
        assert len(family.samples) == len(metric.family().samples)


@pytest.mark.parametrize("processes", [1, 2])
def test_thousands_of_lines_are_written_within_what_a_scrape_may_cost(processes: int) -> None:
    registry = CollectorRegistry()
    metric = Histogram("s", "S.", registry, buckets=range(13), labels=("route", "status"))
    for n in range(MANY):
        metric.labels(f"/api/v2/things/{n}", "200").observe(n % 13)
    began = time.thread_time()
    gathering = Gathering()
    for process in range(processes):
        gathering.note(process, decode(encode([metric.family()])))
    text = write(gathering.together())
    seconds = time.thread_time() - began

    assert text.count(b"\n") > 4000
    assert seconds < MAX_SECONDS * slowness()
