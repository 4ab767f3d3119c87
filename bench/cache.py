"""What Redis costs here: a command, a limit settled, many of them. `python -m bench.cache`.

Starts the Valkey of the wheel; says times per round trip, and the processor time of this process.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable

import uvloop

from causerie.foundation.cache import Cache
from causerie.limits.model import BucketShare
from causerie.limits.store import RedisTallies
from tests.valkeys import a_valkey, cache_of

ROUNDS = 1000


async def measure(name: str, call: Callable[[], Awaitable[object]]) -> None:
    """Print the median, the 99th percentile and the processor time of a call."""
    for _ in range(100):
        await call()
    times: list[float] = []
    began = time.process_time()
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await call()
        times.append((time.perf_counter() - started) * 1000)
    spent = (time.process_time() - began) / ROUNDS * 1e6
    p99 = statistics.quantiles(times, n=100)[98]
    print(
        f"{name:<44} p50 {statistics.median(times):6.3f} ms  p99 {p99:6.3f} ms  cpu {spent:5.0f} µs"
    )


async def main() -> None:
    """Measure them all."""
    with a_valkey() as valkey:
        cache: Cache = cache_of(valkey.url)
        await cache.open()
        tallies = RedisTallies(cache)
        one = [("messages", BucketShare(7, 1.0, 1.0))]
        many = [("messages", BucketShare(user, 1.0, 1.0)) for user in range(500)]
        await measure("PING", lambda: cache.main.call("PING"))
        await measure("a limit of one user, settled", lambda: tallies.tally(one, []))
        await measure("a limit of 500 users, settled together", lambda: tallies.tally(many, []))
        await cache.close()


if __name__ == "__main__":
    uvloop.run(main())
