"""The report says what it knows, and what is no fault."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from causerie.assembly.loadtest.report import Latency, Report, as_table
from causerie.assembly.loadtest.stream import Histogram


def report() -> Report:
    histogram = Histogram()
    histogram.record(2_500_000)
    latency = Latency.of(histogram)
    return Report(
        users=10,
        rooms=1,
        connected=10,
        seconds=5.0,
        sent=50,
        acked=50,
        deliveries=500,
        deliveries_per_second=100.0,
        sends_per_second=10.0,
        latency_ms=latency,
        ack_latency_ms=Latency.of(Histogram()),
        lost=0,
        repeated=0,
        out_of_order=0,
        unanswered=0,
        errors={},
        closed={},
        unreadable=0,
        foreign=0,
        memory_before=None,
        memory_connected=None,
        memory_after=None,
        bytes_per_connection=None,
        generator_cpu=0.5,
        server_cpu=0.0,
    )


def as_text(shown: Report) -> str:
    paper = io.StringIO()
    Console(width=100, file=paper).print(as_table(shown))
    return paper.getvalue()


def test_the_table_shows_rates_and_latencies() -> None:
    text = as_text(report())

    assert "100" in text
    assert "p50 2.50 ms, p99 2.50 ms, max 2.50 ms" in text


def test_the_table_names_what_was_refused_and_closed() -> None:
    shown = msgspec.structs.replace(report(), errors={"rate_limited": 3}, closed={"1013": 2})
    text = as_text(shown)

    assert "refused: rate_limited" in text
    assert "closed with 1013" in text


@pytest.mark.parametrize(
    "fault",
    [
        {"lost": 1},
        {"repeated": 1},
        {"out_of_order": 1},
        {"unanswered": 1},
        {"unreadable": 1},
        {"errors": {"internal": 1}},
        {"closed": {"1013": 1}},
    ],
)
def test_every_fault_counts(fault: dict[str, object]) -> None:
    assert report().faultless
    assert not msgspec.structs.replace(report(), **fault).faultless
