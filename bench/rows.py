"""The rows of the bench that a load test measures: what is run against whom, and what must hold."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

import msgspec

from bench import servers
from bench.child import Failed
from bench.load import drive
from bench.results import Figure
from bench.servers import Target
from causerie.assembly.loadtest.plan import Plan
from causerie.assembly.loadtest.report import Report

IN_FLIGHT = 16
WARMUP_SECONDS = 3.0  # TCP's windows and everybody's compilers take about this long.
SETTLE_SECONDS = 1.0
IDLE_SECONDS = 10.0  # Until what connecting needed has been given back.
MANY = 10_000
OFFERED_DELIVERIES = 50_000.0
LONE_MESSAGES_PER_SECOND = 100.0
SATURATED = 0.9  # of a core
LEVEL = 0.05  # Shares of a core that are this near are the same.

MIN_FANOUT_RATIO = 3.0
MIN_DURABLE_RATIO = 5.0
MIN_DURABLE_SENDS = 12_000.0
MAX_P99_MS = 10.0
MAX_CONNECTION_KIB = 8.0
MIN_OFFERED_SHARE = 0.99  # of the offered rate must arrive, else it was not carried

Start = Callable[[], AbstractContextManager[Target]]


class Bench(msgspec.Struct, frozen=True):
    """How long and how often; what to leave out."""

    seconds: float
    rounds: int
    without_peers: bool = False
    without_us: bool = False

    def measure(self, starts: dict[str, tuple[Start, Plan]]) -> dict[str, list[Report]]:
        """Load each server in turn, round after round, so that a busy minute hits all alike."""
        reports: dict[str, list[Report]] = {name: [] for name in starts}
        for _ in range(self.rounds):
            for name, (start, plan) in starts.items():
                is_ours = name == "Causerie"
                if (is_ours and self.without_us) or (not is_ours and self.without_peers):
                    continue
                print(f"  {name}", file=sys.stderr)
                with start() as target:
                    reports[name].append(drive(target.specify(plan)))
        return {name: each for name, each in reports.items() if each}


def fanout(bench: Bench, members: int) -> list[Figure]:
    """One room at saturation, ours committed before it is delivered, the others in memory."""
    plan = _saturation(bench, users=members, rooms_of=members, in_flight=IN_FLIGHT)
    reports = bench.measure(
        {
            "Causerie": (lambda: servers.causerie(members), plan),
            "ws": (lambda: servers.relay(durable=False), plan),
            # NATS numbers nothing, so one publisher does, and waits for his own copies.
            "NATS": (servers.nats, msgspec.structs.replace(plan, senders=1)),
        }
    )
    figure = _figure(
        reports,
        row=f"fanout{members}",
        what=f"saturation, one room of {members:,}, {IN_FLIGHT} in flight",
        unit="deliveries/s",
        value=lambda report: report.deliveries_per_second,
        is_saturation=True,
    )
    return [_at_least(figure, MIN_FANOUT_RATIO, "ws")]


def durable(bench: Bench) -> list[Figure]:
    """Committed, then acknowledged: everybody in small rooms sends, one in flight each."""
    users, rooms_of = 1_000, 10
    plan = _saturation(bench, users=users, rooms_of=rooms_of, in_flight=rooms_of)
    reports = bench.measure(
        {
            "Causerie": (lambda: servers.causerie(users), plan),
            "ws + INSERT": (lambda: servers.relay(durable=True), plan),
        }
    )
    sends = _figure(
        reports,
        row="durable",
        what="1,000 senders in rooms of 10, one in flight each",
        unit="durable sends/s",
        value=lambda report: report.sends_per_second,
        is_saturation=True,
    )
    sends = _at_least(sends, MIN_DURABLE_RATIO, "ws + INSERT")
    floor = msgspec.structs.replace(
        sends,
        peers={},
        what="the same, in absolute numbers",
        bar=f"at least {MIN_DURABLE_SENDS:,.0f}",
        holds=sends.ours >= MIN_DURABLE_SENDS if "Causerie" in reports else None,
        notes=[],
        details={},
    )
    return [sends, floor]


def connections(bench: Bench) -> list[Figure]:
    """What ten thousand idle connections weigh, each with a real token and in a room of 100."""
    plan = Plan(
        users=MANY, rooms_of=100, duration_seconds=0, settle_seconds=IDLE_SECONDS, drain_seconds=0
    )
    reports = bench.measure(
        {
            "Causerie": (lambda: servers.causerie(MANY), plan),
            "ws": (lambda: servers.relay(durable=False), plan),
        }
    )
    figure = _figure(
        reports,
        row="connections",
        what=f"memory of {MANY:,} idle connections, all processes",
        unit="KiB each",
        value=lambda report: (report.bytes_per_connection or 0) / 1024,
    )
    proportional = _figure(
        reports,
        row="connections",
        what="the same, pages that processes share counted once",
        unit="KiB each",
        value=_proportional_kib,
    )
    return [
        _at_most(figure, MAX_CONNECTION_KIB, everybody=MANY),
        msgspec.structs.replace(proportional, notes=[], details={}),
    ]


def deliveries(bench: Bench) -> list[Figure]:
    """Fifty thousand deliveries a second to ten thousand connections."""
    plan = Plan(
        users=MANY,
        rooms_of=100,
        rate=OFFERED_DELIVERIES / 100,
        duration_seconds=max(bench.seconds, 10),
        warmup_seconds=WARMUP_SECONDS,
        settle_seconds=5,
    )
    reports = bench.measure(
        {
            "Causerie": (lambda: servers.causerie(MANY), plan),
            "ws": (lambda: servers.relay(durable=False), plan),
        }
    )
    what = f"{OFFERED_DELIVERIES:,.0f} deliveries/s to {MANY:,} in rooms of 100"
    rate = _figure(
        reports,
        row="deliveries",
        what=what,
        unit="deliveries/s",
        value=lambda report: report.deliveries_per_second,
    )
    carried = MIN_OFFERED_SHARE * OFFERED_DELIVERIES
    rate = msgspec.structs.replace(
        rate,
        bar=f"at least {carried:,.0f}",
        holds=rate.ours >= carried if "Causerie" in reports else None,
    )
    p50, p99 = _latencies(reports, row="deliveries", what=what)
    return [rate, p50, p99]


def lone(bench: Bench) -> list[Figure]:
    """A message alone on the server, from the sender's frame to the receiver's."""
    plan = Plan(
        users=2,
        rooms_of=2,
        senders=1,
        rate=LONE_MESSAGES_PER_SECOND,
        duration_seconds=max(bench.seconds, 10),
        warmup_seconds=WARMUP_SECONDS,
        settle_seconds=SETTLE_SECONDS,
    )
    reports = bench.measure(
        {
            "Causerie": (lambda: servers.causerie(2), plan),
            "ws + INSERT": (lambda: servers.relay(durable=True), plan),
        }
    )
    return _latencies(reports, row="lone", what="a lone durable send, socket to socket")


def _proportional_kib(report: Report) -> float:
    before, after = report.memory_before, report.memory_connected
    if before is None or after is None:
        return 0.0
    return (after.proportional - before.proportional) / report.connected / 1024


def _saturation(bench: Bench, *, users: int, rooms_of: int, in_flight: int) -> Plan:
    return Plan(
        users=users,
        rooms_of=rooms_of,
        rate=0,
        in_flight=in_flight,
        duration_seconds=bench.seconds,
        warmup_seconds=WARMUP_SECONDS,
        settle_seconds=SETTLE_SECONDS,
    )


def _latencies(reports: dict[str, list[Report]], *, row: str, what: str) -> list[Figure]:
    p50 = _figure(
        reports, row=row, what=what, unit="p50 ms", value=lambda report: report.latency_ms.p50
    )
    p99 = _figure(
        reports, row=row, what=what, unit="p99 ms", value=lambda report: report.latency_ms.p99
    )
    p50 = msgspec.structs.replace(p50, notes=[], details={})
    return [p50, _at_most(p99, MAX_P99_MS)]


def _figure(
    reports: dict[str, list[Report]],
    *,
    row: str,
    what: str,
    unit: str,
    value: Callable[[Report], float],
    is_saturation: bool = False,
) -> Figure:
    """The median of the rounds for each server, with every report behind it."""
    if not reports:
        raise Failed(f"{row}: nobody is left to measure")
    medians = {
        name: statistics.median(value(report) for report in each) for name, each in reports.items()
    }
    return Figure(
        row=row,
        what=what,
        unit=unit,
        ours=medians.pop("Causerie", 0.0),
        peers=medians,
        notes=[
            note
            for name, each in reports.items()
            for note in _notes(name, each, is_saturation=is_saturation)
        ],
        details={name: msgspec.to_builtins(each) for name, each in reports.items()},
    )


def _notes(name: str, reports: list[Report], *, is_saturation: bool) -> list[str]:
    notes = []
    for report in reports:
        if not report.faultless or report.connected < report.users:
            notes.append(
                f"{name}: {report.connected:,} of {report.users:,} connected, lost {report.lost:,}, "
                f"repeated {report.repeated:,}, out of order {report.out_of_order:,}, "
                f"unanswered {report.unanswered:,}, errors {report.errors}, closed {report.closed}"
            )
        if report.generator_cpu > max(SATURATED, report.server_cpu + LEVEL):
            notes.append(
                f"{name}: the load took {report.generator_cpu:.0%} of its core and the server "
                f"{report.server_cpu:.0%} of its own: the server could do more"
            )
        elif is_saturation and report.server_cpu < SATURATED - LEVEL:
            notes.append(
                f"{name}: the server had {report.server_cpu:.0%} of its core and the load "
                f"{report.generator_cpu:.0%}: it waited, or others used the core"
            )
    return notes


def _at_least(figure: Figure, ratio: float, peer: str) -> Figure:
    is_known = figure.ours and peer in figure.ratios
    return msgspec.structs.replace(
        figure,
        bar=f"at least {ratio:g} x {peer}",
        holds=figure.ratios[peer] >= ratio and not _is_faulty(figure) if is_known else None,
    )


def _at_most(figure: Figure, limit: float, *, everybody: int = 0) -> Figure:
    bar = f"at most {limit:g}" + (f", {everybody:,} connected" if everybody else "")
    holds = figure.ours <= limit and not _is_faulty(figure) if figure.ours else None
    return msgspec.structs.replace(figure, bar=bar, holds=holds)


def _is_faulty(figure: Figure) -> bool:
    return any(note.startswith("Causerie:") and "connected" in note for note in figure.notes)
