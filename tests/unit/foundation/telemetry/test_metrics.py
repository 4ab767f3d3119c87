"""The catalogue of metrics is complete, cheap to count, and readable by Prometheus."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

import causerie
from causerie.foundation.errors import Code
from causerie.foundation.telemetry import metrics
from causerie.foundation.telemetry.counters import (
    Counter,
    Gauge,
    Histogram,
    LabelledCounter,
    LabelledGauge,
)

FOLDER = Path(metrics.__file__).parent

# OB-1: dashboards outside read these names and labels.
PROMISED = {
    "chat_server_active_connections": (),
    "chat_server_messages_total": ("kind",),
    "chat_server_auth_attempts_total": ("result",),
    "chat_server_errors_total": ("type",),
    "chat_server_request_duration_seconds": ("method", "route", "status"),
    "chat_server_connections_total": (),
    "chat_server_dead_connections_total": (),
    "chat_server_uptime_seconds": (),
    "chat_server_worker_restarts_total": ("worker",),
}


# What a label may be called: all of these take their values from the code or from a route's template.
# A new one stands here with that promise: never an id, a name, an address, or what a client sent.
BOUNDED_LABELS = frozenset(
    {"action", "cache", "check", "code", "group", "kind", "limit", "method", "operation", "pool"}
    | {"reason", "result", "route", "rule", "severity", "source", "state", "status", "type"}
    | {"version", "worker", "direction"}
)


def test_the_promised_metrics_are_there_with_their_labels() -> None:
    found = {m.name: tuple(m.labelnames) for m in metrics.CATALOGUE}

    assert {name: found.get(name) for name in PROMISED} == PROMISED


def test_every_metric_in_the_files_is_in_the_catalogue_once() -> None:
    text = "".join(path.read_text() for path in FOLDER.glob("*.py"))
    declared = re.findall(r'"(chat_server_\w+)"', text)

    assert sorted(m.name for m in metrics.CATALOGUE) == sorted(declared)


def test_every_metric_in_the_catalogue_is_counted_somewhere() -> None:
    names = [name for name, value in vars(metrics).items() if value in metrics.CATALOGUE]
    package = Path(causerie.__file__).parent
    rest = "".join(path.read_text() for path in package.rglob("*.py") if path.parent != FOLDER)
    counted_here = {"UPTIME_SECONDS", "BUILD_INFO"}

    assert {name for name in names if f"metrics.{name}" not in rest} <= counted_here


def test_the_exposition_is_what_prometheus_reads() -> None:
    families = {f.name: f for f in text_string_to_metric_families(metrics.render().decode())}

    assert families["chat_server_active_connections"].type == "gauge"
    assert families["chat_server_messages"].type == "counter"
    assert families["chat_server_writer_commit_seconds"].type == "histogram"
    assert "process_resident_memory_bytes" in families


def test_every_error_code_is_shown_before_it_first_happens() -> None:
    text = metrics.render().decode()

    for code in Code:
        assert f'chat_server_errors_total{{type="{code}"}}' in text


def test_uptime_grows() -> None:
    before = metrics.UPTIME_SECONDS.now()

    assert metrics.UPTIME_SECONDS.now() > before > 0


def test_a_counter_shows_what_was_counted() -> None:
    registry = CollectorRegistry()
    counter = Counter("things_total", "Things.", registry)
    counter.inc()
    counter.inc(2)

    assert registry.get_sample_value("things_total") == 3


def test_a_labelled_counter_keeps_its_values_apart_and_adds_them_up() -> None:
    registry = CollectorRegistry()
    counter = LabelledCounter("things_total", "Things.", registry, label="kind", known=("a", "b"))
    counter.labels("b").inc(2)
    counter.labels("c").inc()

    assert registry.get_sample_value("things_total", {"kind": "a"}) == 0
    assert registry.get_sample_value("things_total", {"kind": "b"}) == 2
    assert registry.get_sample_value("things_total", {"kind": "c"}) == 1
    assert counter.total() == 3


def test_a_gauge_is_set_moved_or_read_at_the_scrape() -> None:
    registry = CollectorRegistry()
    gauge = Gauge("depth", "Depth.", registry)
    gauge.set(5)
    gauge.value += 1
    moved = registry.get_sample_value("depth")
    gauge.read_from(lambda: 42)

    assert moved == 6
    assert registry.get_sample_value("depth") == 42


def test_a_labelled_gauge_shows_what_it_was_given_or_what_it_reads() -> None:
    registry = CollectorRegistry()
    gauge = LabelledGauge("things", "Things.", registry, label="state")
    gauge.set({"idle": 2})
    given = registry.get_sample_value("things", {"state": "idle"})
    gauge.read_from(lambda: {"busy": 1})

    assert given == 2
    assert registry.get_sample_value("things", {"state": "busy"}) == 1
    assert registry.get_sample_value("things", {"state": "idle"}) is None


def test_every_metric_follows_the_conventions_of_prometheus() -> None:
    # https://prometheus.io/docs/practices/naming: base units, and counters end in _total.
    for metric in metrics.CATALOGUE:
        is_counter = metric.kind == "counter"
        assert metric.name.endswith("_total") == is_counter, metric.name
        assert not re.search(r"_(ms|milliseconds|minutes|kb|mb)(_|$)", metric.name), metric.name
        assert metric.documentation.endswith("."), metric.name
        assert set(metric.labelnames) <= BOUNDED_LABELS, metric.name


def test_a_histogram_sorts_values_into_its_buckets() -> None:
    registry = CollectorRegistry()
    plain = Histogram("size", "Size.", registry, buckets=(1, 10))
    plain.observe(5)
    labelled = Histogram("seconds", "Seconds.", registry, buckets=(1,), labels=("route",))
    labelled.labels("/health").observe(0.5)

    assert registry.get_sample_value("size_bucket", {"le": "1.0"}) == 0
    assert registry.get_sample_value("size_bucket", {"le": "10.0"}) == 1
    assert registry.get_sample_value("seconds_count", {"route": "/health"}) == 1
