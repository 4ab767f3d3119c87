"""Limits that several nodes share through a real Valkey, and what becomes of them without it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from causerie.foundation.cache import Cache
from causerie.foundation.clock import SystemClock
from causerie.limits.model import Algorithm, Rule
from causerie.limits.service import Limiter
from causerie.limits.service.sharing import Sharing
from causerie.limits.store import RedisTallies
from tests.valkeys import BRIEF_SECONDS, Valkey, a_valkey, cache_of

NODES = 3


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with a_valkey() as valkey:
        yield valkey


class Node:
    """What one process knows of a limit."""

    def __init__(self, cache: Cache, rule: Rule) -> None:
        self.cache = cache
        self.sharing = Sharing(RedisTallies(cache), SystemClock())
        self.limiter: Limiter[str] = Limiter(
            "messages", rule, clock=SystemClock(), sharing=self.sharing
        )

    def taken(self, times: int) -> int:
        return sum(self.limiter.take("ada") is None for _ in range(times))


class Cluster:
    """Nodes that limit alike, and settle up when the test says so."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes

    async def settle(self) -> None:
        for node in self.nodes:
            await node.sharing.settle()


@pytest.fixture(params=[Algorithm.TOKEN_BUCKET, Algorithm.SLIDING_WINDOW])
async def cluster(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[Cluster]:
    valkey.flush()
    rule = Rule(amount=50, period_seconds=3600, burst=50, algorithm=request.param)
    async with AsyncExitStack() as stack:
        nodes = []
        for _ in range(NODES):
            cache = cache_of(valkey.url, patience_seconds=BRIEF_SECONDS)
            await cache.open()
            stack.push_async_callback(cache.close)
            nodes.append(Node(cache, rule))
        yield Cluster(nodes)


async def test_who_goes_from_node_to_node_gets_the_limit_once(cluster: Cluster) -> None:
    allowed = 0
    for turn in range(300):
        allowed += cluster.nodes[turn % NODES].taken(1)
        await cluster.nodes[turn % NODES].sharing.settle()

    # A node that has not been asked for a moment has one more to give before it hears.
    assert 50 <= allowed <= 50 + NODES


async def test_who_asks_all_nodes_in_one_moment_pays_for_it(cluster: Cluster) -> None:
    at_once = sum(node.taken(60) for node in cluster.nodes)
    await cluster.settle()
    await cluster.settle()
    after = [node.limiter.take("ada") for node in cluster.nodes]

    assert at_once == NODES * 50
    assert all(wait is not None for wait in after)


async def test_a_flush_gives_nobody_anything(cluster: Cluster, valkey: Valkey) -> None:
    cluster.nodes[0].taken(50)
    await cluster.settle()
    valkey.flush()

    assert cluster.nodes[0].taken(1) == 0


async def test_nobody_waits_for_a_silent_redis(cluster: Cluster, valkey: Valkey) -> None:
    allowed: list[int] = []
    seconds: list[float] = []
    valkey.pause()
    for node in cluster.nodes:
        started = time.perf_counter()
        allowed.append(node.taken(60))
        seconds.append(time.perf_counter() - started)
    await cluster.nodes[0].sharing.settle()
    valkey.resume()

    assert allowed == [50] * NODES
    assert min(seconds) < 0.25  # A machine that stands still does so for one of them.


async def test_a_worker_settles_by_itself(cluster: Cluster) -> None:
    one, other = cluster.nodes[0], cluster.nodes[1]
    tasks = [asyncio.create_task(node.sharing.run()) for node in (one, other)]
    one.taken(50)
    allowed = 0
    async with asyncio.timeout(30):
        while other.limiter.take("ada") is None:
            allowed += 1
            await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

    assert allowed < 50  # It has heard of the other's before its own were used up.
