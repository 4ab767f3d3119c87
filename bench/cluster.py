"""The rows of the bench that are about several processes, and about Redis between them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bench import cache, http_load, nodes, pairs, servers, storm
from bench.child import Failed
from bench.load import drive
from bench.machine import ALL_CORES
from bench.results import Figure
from bench.rows import IN_FLIGHT, SETTLE_SECONDS, WARMUP_SECONDS, Bench
from causerie.assembly.loadtest.plan import Plan

MAX_ACROSS_P99_MS = 15.0
MIN_WORKERS_RATIO = 1.6
MIN_TWO_WORKERS_REQUESTS = 10_000.0
PING = "a PING in the same run"  # What a machine that is busy takes for nothing at all.
NO_PEERS: Mapping[str, float] = {}
MAX_LIMIT_P99_MS = 2.0
MAX_OPERATION_P99_MS = 5.0
MAX_LAG_MS = 100.0
MAX_STOPPED_RATIO = 2.0
# Redis is known to be away by then, and nobody waits for it any more.
STOPPED_SECONDS = 2.0
LEAST_SECONDS = 10.0  # A p99 of fewer messages is one message.

WORKERS = {"CHAT_SERVER__SERVER__WORKERS": "2", "CHAT_SERVER__CACHE__URL": "embedded"}
USERS, ROOMS_OF = 1_000, 100


def across(bench: Bench) -> list[Figure]:
    """A message from a socket of one node to a socket of another, at light load."""
    seconds = max(bench.seconds, LEAST_SECONDS)
    with nodes.valkey() as (url, _), nodes.two_nodes(2, url) as (one, other):
        pair = pairs.drive(one, other, seconds=seconds)
    what = "a lone durable send, from a socket of one node to one of another"
    return [
        Figure(row="across", what=what, unit="p50 ms", ours=pair.p50_ms),
        _at_most("across", what, "p99 ms", pair.p99_ms, MAX_ACROSS_P99_MS),
    ]


def workers(bench: Bench) -> list[Figure]:
    """Deliveries of one worker and of two, under the same load, all on the same two cores."""
    plan = Plan(
        users=USERS,
        rooms_of=ROOMS_OF,
        rate=0,
        in_flight=IN_FLIGHT,
        duration_seconds=bench.seconds,
        warmup_seconds=WARMUP_SECONDS,
        settle_seconds=SETTLE_SECONDS,
    )
    found = {}
    for name, more in (("one worker", {}), ("two workers", WORKERS)):
        with servers.causerie(USERS, core=ALL_CORES, more=more) as target:
            report = drive(target.specify(plan), core=ALL_CORES)
        if not report.faultless:
            raise Failed(f"workers: {name}: {report}")
        found[name] = report
    one, two = (found[name].deliveries_per_second for name in ("one worker", "two workers"))
    return [
        Figure(
            row="workers",
            what=f"two workers, rooms of {ROOMS_OF}, {IN_FLIGHT} in flight in each",
            unit="deliveries/s",
            ours=two,
            peers={"one worker": one},
            bar=f"at least {MIN_WORKERS_RATIO:g} x one worker",
            holds=two >= MIN_WORKERS_RATIO * one,
            notes=[
                f"{name}: the servers took {report.server_cpu:.0%} of a core, the load "
                f"{report.generator_cpu:.0%}"
                for name, report in found.items()
            ],
        )
    ]


def http_of_two(bench: Bench) -> list[Figure]:
    """Authenticated and limited requests on two workers, with the load on the same two cores."""
    with servers.causerie(2, core=ALL_CORES, more=WORKERS | http_load.LIMITED) as target:
        plan = Plan(duration_seconds=bench.seconds)
        report = http_load.drive(target.specify(plan), core=ALL_CORES).me
    if report.failed:
        raise Failed(f"http2: {report.failed:,} of the requests failed")
    return [
        Figure(
            row="http2",
            what="GET /api/v2/me on two workers",
            unit="requests/s",
            ours=report.per_second,
            bar=f"at least {MIN_TWO_WORKERS_REQUESTS:,.0f}",
            holds=report.per_second >= MIN_TWO_WORKERS_REQUESTS,
            notes=[f"the servers took {report.server_cpu:.0%} of a core"],
        )
    ]


def limits_redis(_: Bench) -> list[Figure]:
    """What one node adds to what all have counted, and reads back."""
    costs = cache.drive()
    found, ping = costs.limits, {PING: costs.ping}
    alone = _at_most(
        "limits_redis", cache.LIMIT, "p99 ms", found[cache.LIMIT], MAX_LIMIT_P99_MS, peers=ping
    )
    together = Figure(
        row="limits_redis", what=cache.LIMITS, unit="p99 ms", ours=found[cache.LIMITS], peers=ping
    )
    return [alone, together]


def redis_operations(_: Bench) -> list[Figure]:
    """What presence, sockets' sessions and the queue for absent devices ask of Redis."""
    costs = cache.drive()
    return [
        _at_most("redis_ops", name, "p99 ms", p99, MAX_OPERATION_P99_MS, peers={PING: costs.ping})
        for name, p99 in costs.operations.items()
    ]


def presence_storm(_: Bench) -> list[Figure]:
    """How late the loops of two nodes become while thousands come online in large rooms."""
    with nodes.valkey() as (url, _pid), nodes.two_nodes(storm.USERS, url) as (one, other):
        found = storm.drive(one, other)
    what = f"the longest delay of a node's loop while {found.came:,} come within five seconds"
    lag = _at_most("storm", what, "ms, at most", max(found.lags_ms), MAX_LAG_MS)
    events = Figure(row="storm", what="events to each", unit="", ours=found.events / found.came)
    return [lag, events]


def stopped(bench: Bench) -> list[Figure]:
    """A local delivery with Redis under SIGSTOP, by one with Redis well."""
    seconds = max(bench.seconds, LEAST_SECONDS)
    with nodes.valkey() as (url, pid):
        more = {"CHAT_SERVER__CACHE__URL": url}
        with servers.causerie(2, more=more) as target:
            well = pairs.drive(target, target, seconds=seconds)
            with _stopped(pid):
                time.sleep(STOPPED_SECONDS)
                without = pairs.drive(target, target, seconds=seconds)
    return [
        Figure(
            row="stopped",
            what="a lone durable send on one node with Redis stopped (SIGSTOP)",
            unit="p99 ms",
            ours=without.p99_ms,
            peers={"Redis well": well.p99_ms},
            bar=f"at most {MAX_STOPPED_RATIO:g} x Redis well",
            holds=without.p99_ms <= MAX_STOPPED_RATIO * well.p99_ms,
        )
    ]


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _at_most(
    row: str,
    what: str,
    unit: str,
    ours: float,
    limit: float,
    *,
    peers: Mapping[str, float] = NO_PEERS,
) -> Figure:
    return Figure(
        row=row,
        what=what,
        unit=unit,
        ours=round(ours, 3),
        peers=dict(peers),
        bar=f"at most {limit:g}",
        holds=ours <= limit,
    )
