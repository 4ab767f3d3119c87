"""The metrics of several processes are those of one server."""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from causerie.foundation.telemetry.counters import (
    Counter,
    Gauge,
    Histogram,
    LabelledCounter,
)
from causerie.foundation.telemetry.exposition import Family, Together, write
from causerie.foundation.telemetry.gathered import Gathering, decode, encode


class Process:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.sent = Counter("sent_total", "Sent.", self.registry)
        self.errors = LabelledCounter("errors_total", "Errors.", self.registry, label="type")
        self.open = Gauge("open", "Open.", self.registry)
        self.jobs = Gauge("jobs", "In the database.", self.registry, together=Together.MOST)
        self.up = Gauge("up", "Whether it is.", self.registry, together=Together.LEAST)
        self.seconds = Histogram("seconds", "Time.", self.registry, buckets=(1, 2))

    def shown(self) -> list[Family]:
        counted = (self.sent, self.errors, self.open, self.jobs, self.up, self.seconds)
        return decode(encode([metric.family() for metric in counted]))


def read(families: list[Family]) -> dict[str, float]:
    text = write(families).decode()
    return {
        "".join([sample.name, *(f"|{value}" for value in sample.labels.values())]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_is_counted_is_added_up_and_gauges_as_each_means() -> None:
    first, second = Process(), Process()
    first.sent.inc(3)
    second.sent.inc(4)
    second.errors.labels("full").inc()
    for process, number in ((first, 5), (second, 7)):
        process.open.set(number)
        process.jobs.set(number)
        process.up.set(number)
        process.seconds.observe(1.5)
    gathering = Gathering()
    gathering.note(0, first.shown())
    gathering.note(1, second.shown())

    found = read(gathering.together())

    assert found["sent_total"] == 7
    assert found["errors_total|full"] == 1
    assert (found["open"], found["jobs"], found["up"]) == (12, 7, 5)
    assert found["seconds_bucket|1.0"] == 0
    assert found["seconds_bucket|2.0"] == 2
    assert (found["seconds_count"], found["seconds_sum"]) == (2, 3.0)


def test_what_grows_never_falls_when_a_process_ends_and_another_begins() -> None:
    old, new, gathering = Process(), Process(), Gathering()
    old.sent.inc(10)
    old.open.set(10)
    gathering.note(0, old.shown())
    before = read(gathering.together())
    gathering.end(0)
    between = read(gathering.together())
    new.sent.inc(1)
    gathering.note(0, new.shown())
    after = read(gathering.together())

    assert [found["sent_total"] for found in (before, between, after)] == [10, 10, 11]
    assert "open" not in between


def test_a_process_that_does_not_answer_counts_and_holds_nothing() -> None:
    well, hung, gathering = Process(), Process(), Gathering()
    for number, process in enumerate((well, hung)):
        process.sent.inc(2)
        process.open.set(2)
        gathering.note(number, process.shown())

    found = read(gathering.together(silent={1}))

    assert (found["sent_total"], found["open"]) == (4, 2)
