"""What Redis costs here: a limit settled, and what presence, sessions and the queue ask of it.

python -m bench.cache URL > report.json
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

import msgspec
import uvloop

from bench import child, nodes
from bench.machine import LOAD_CORE, SERVER_CORE
from causerie.foundation.cache import Cache, PoolSizes, parse_address
from causerie.foundation.clock import SystemClock
from causerie.foundation.events import Event
from causerie.foundation.identity import UserId
from causerie.foundation.realtime import Backlog, Codec, Entry, RedisBacklogs
from causerie.foundation.realtime.backlogs import NoBacklogs
from causerie.foundation.telemetry import configure_logs
from causerie.gateway.elsewhere import SharedSessions
from causerie.limits.model import BucketShare
from causerie.limits.store import RedisTallies
from causerie.presence import Standing
from causerie.presence.store import LastingWhereabouts

ROUNDS = 1000
WARMUP_ROUNDS = 100
TIMEOUT_SECONDS = 120.0
POOLS = PoolSizes(main=4, sessions=2, queues=2)
BACKLOG_MESSAGES = 100
CROWD = 500
LIMIT = "a limit of one user, through Redis"
LIMITS = f"the limits of {CROWD} users in one round trip"


class Costs(msgspec.Struct, frozen=True):
    """The 99th percentile of each call, in milliseconds, by what it is; of Redis' PING beside it."""

    ping: float
    limits: dict[str, float]
    operations: dict[str, float]


class _Said(Event, frozen=True, gc=False):
    content: str


def drive() -> Costs:
    """Measure in a process of its own, with a Valkey on the other core. Raises ``Failed``."""
    with nodes.valkey(core=LOAD_CORE) as (url, _):
        printed = child.run(
            child.python("bench.cache", url), core=SERVER_CORE, timeout_seconds=TIMEOUT_SECONDS
        )
    return msgspec.json.decode(printed, type=Costs)


async def _p99_ms(call: Callable[[], Awaitable[object]]) -> float:
    times: list[float] = []
    for number in range(WARMUP_ROUNDS + ROUNDS):
        started = time.perf_counter()
        await call()
        if number >= WARMUP_ROUNDS:
            times.append((time.perf_counter() - started) * 1000)
    return round(statistics.quantiles(times, n=100)[98], 3)


async def _measure(url: str) -> Costs:
    cache = Cache(parse_address(url), POOLS)
    await cache.open()
    try:
        ping = await _p99_ms(lambda: cache.main.call("PING"))
        return Costs(ping, await _limits(cache), await _operations(cache))
    finally:
        await cache.close()


async def _limits(cache: Cache) -> dict[str, float]:
    tallies = RedisTallies(cache)
    one = [("messages", BucketShare(7, 1.0, 1.0))]
    many = [("messages", BucketShare(user, 1.0, 1.0)) for user in range(CROWD)]
    return {
        LIMIT: await _p99_ms(lambda: tallies.tally(one, [])),
        LIMITS: await _p99_ms(lambda: tallies.tally(many, [])),
    }


async def _operations(cache: Cache) -> dict[str, float]:
    people, numbers = LastingWhereabouts(cache, SystemClock()), itertools.count(1)
    sessions = SharedSessions(cache, "bench")
    backlogs = RedisBacklogs(cache, Codec(_Said), NoBacklogs())
    standing = Standing(is_idle=False, active_at=100.0)
    entries = [
        Entry(_Said("x" * 100), seq=seq, text_bytes=100) for seq in range(1, BACKLOG_MESSAGES + 1)
    ]
    backlog = Backlog(0, 1, tuple(entries))
    return {
        "presence: one comes": await _p99_ms(
            lambda: people.put("socket", {UserId(next(numbers)): standing}, {})
        ),
        "presence: who is there of 10": await _p99_ms(
            lambda: people.find([UserId(number) for number in range(1, 11)])
        ),
        "sessions: how many sockets one has elsewhere": await _p99_ms(
            lambda: sessions.count(7, "127.0.0.1")
        ),
        f"queue: {BACKLOG_MESSAGES} messages kept": await _p99_ms(
            lambda: backlogs.keep(7, backlog)
        ),
        f"queue: {BACKLOG_MESSAGES} messages found": await _p99_ms(
            lambda: backlogs.find(7, after=0, rev=1)
        ),
    }


def main() -> None:
    # The report alone goes to where the parent reads.
    configure_logs(level="warning")
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_measure(sys.argv[1]))))


if __name__ == "__main__":
    main()
