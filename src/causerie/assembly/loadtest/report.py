"""What a load test found, as values and as a table."""

from __future__ import annotations

import msgspec
from rich.table import Table

from causerie.assembly.loadtest.processes import Memory
from causerie.assembly.loadtest.stream import Histogram

NS_PER_MS = 1e6


class Latency(msgspec.Struct, frozen=True):
    """Milliseconds; ``samples`` tells on how many values they rest."""

    p50: float
    p99: float
    highest: float
    samples: int

    @classmethod
    def of(cls, histogram: Histogram) -> Latency:
        """Sum up what was recorded."""
        return cls(
            p50=round(histogram.percentile(50) / NS_PER_MS, 3),
            p99=round(histogram.percentile(99) / NS_PER_MS, 3),
            highest=round(histogram.highest / NS_PER_MS, 3),
            samples=histogram.total,
        )


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one run. Rates are per second over ``seconds``."""

    users: int
    rooms: int
    connected: int
    seconds: float
    sent: int
    acked: int
    deliveries: int
    deliveries_per_second: float
    sends_per_second: float
    latency_ms: Latency
    ack_latency_ms: Latency
    lost: int
    repeated: int
    out_of_order: int
    unanswered: int
    errors: dict[str, int]
    closed: dict[str, int]
    unreadable: int
    foreign: int
    memory_before: Memory | None
    memory_connected: Memory | None
    memory_after: Memory | None
    bytes_per_connection: float | None
    generator_cpu: float
    server_cpu: float

    @property
    def faultless(self) -> bool:
        """Whether every message came once, in order, to everybody, and every send was answered."""
        return not (
            self.lost
            or self.repeated
            or self.out_of_order
            or self.unanswered
            or self.unreadable
            or self.errors
            or self.closed
        )


def as_table(report: Report) -> Table:
    """Lay the figures out for a terminal."""
    table = Table(title="Load test", show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for name, value in _lines(report):
        table.add_row(name, value)
    return table


def _lines(report: Report) -> list[tuple[str, str]]:
    lines = [
        ("connected", f"{report.connected:,} of {report.users:,} in {report.rooms:,} rooms"),
        ("deliveries/s", f"{report.deliveries_per_second:,.0f}"),
        ("durable sends/s", f"{report.sends_per_second:,.0f}"),
        ("socket to socket", _milliseconds(report.latency_ms)),
        ("acknowledged after", _milliseconds(report.ack_latency_ms)),
        ("lost", f"{report.lost:,}"),
        ("repeated", f"{report.repeated:,}"),
        ("out of order", f"{report.out_of_order:,}"),
        ("never answered", f"{report.unanswered:,}"),
    ]
    if report.bytes_per_connection is not None:
        lines.append(("memory per connection", f"{report.bytes_per_connection / 1024:,.1f} KiB"))
    lines.append(("this generator's CPU", f"{report.generator_cpu:.0%} of a core"))
    if report.server_cpu:
        lines.append(("the server's CPU", f"{report.server_cpu:.0%} of a core"))
    lines += [(f"refused: {code}", f"{times:,}") for code, times in report.errors.items()]
    lines += [(f"closed with {code}", f"{times:,}") for code, times in report.closed.items()]
    if report.unreadable:
        lines.append(("unreadable frames", f"{report.unreadable:,}"))
    return lines


def _milliseconds(latency: Latency) -> str:
    if not latency.samples:
        return "-"
    return f"p50 {latency.p50:.2f} ms, p99 {latency.p99:.2f} ms, max {latency.highest:.2f} ms"
