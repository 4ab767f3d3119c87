"""A Cluster of three: scripts, pipelines and channels, each on the server that has its slot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress

import pytest

from causerie.foundation.cache import Cache, CacheAway
from causerie.foundation.clock import SystemClock
from causerie.foundation.identity import UserId
from causerie.foundation.telemetry import metrics
from causerie.gateway.elsewhere import SharedSessions
from causerie.limits.model import BucketShare, WindowShare
from causerie.limits.store import RedisTallies
from causerie.presence import Person, Standing
from causerie.presence.store import SharedWhereabouts
from tests.ensembles import a_cluster, url_of
from tests.integration.cache.conftest import until
from tests.valkeys import Valkey, cache_of

PROMOTED_SECONDS = 60.0  # Five on a quiet machine.
USERS = 50  # On each of the three, whatever the hash.
STANDING = Standing(is_idle=False, active_at=100.0)


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Valkey]]:
    with a_cluster() as servers:
        yield servers


@pytest.fixture
async def cluster(servers: Sequence[Valkey]) -> AsyncIterator[Cache]:
    cache = cache_of(url_of(servers))
    await cache.open()
    watch = asyncio.create_task(cache.watch())
    yield cache
    watch.cancel()
    await cache.close()


async def test_limits_of_many_are_settled_in_one_go(cluster: Cache) -> None:
    tallies = RedisTallies(cluster)
    buckets = [("messages", BucketShare(user, 1.0, 1.0)) for user in range(USERS)]
    windows = [("requests", WindowShare(user, 2, 5.0)) for user in range(USERS)]
    await tallies.tally(buckets, windows)
    owed, counted = await tallies.tally(buckets, windows)

    assert [round(seconds) for seconds in owed] == [2] * USERS
    assert [sum(count for _, count in slots) for slots in counted] == [4] * USERS


async def test_sockets_and_people_of_other_nodes_are_counted(cluster: Cache) -> None:
    one, other = SharedSessions(cluster, "one"), SharedSessions(cluster, "other")
    for user in range(1, USERS + 1):
        other.note(user, 1, "10.0.0.1", user)
    await other.tell()
    people = SharedWhereabouts(cluster, SystemClock())
    await people.put("other", {UserId(7): STANDING}, {})
    roll = await one.roll(USERS)

    assert await one.count(7, "10.0.0.1") == (1, USERS)
    assert roll is not None
    assert dict(roll.users) == {UserId(user): 1 for user in range(1, USERS + 1)}
    assert await people.find([UserId(7)]) == {UserId(7): Person(STANDING)}


async def test_a_dead_server_is_an_outage_of_all_and_its_channels_are_heard_again(
    cluster: Cache, servers: Sequence[Valkey]
) -> None:
    turns: list[bool] = []
    cluster.listen(turns.append)
    heard: set[str] = set()
    subscriber = cluster.subscriber(
        lambda channel, _: heard.add(channel), on_lost=lambda: None, on_restored=lambda: None
    )
    channels = {cluster.key("room", number) for number in range(USERS)}
    for channel in channels:
        subscriber.subscribe(channel)
    listening = asyncio.create_task(subscriber.run())
    await until(lambda: subscriber.is_whole)
    await cluster.main.publish_all([(channel, b"x") for channel in channels])
    await until(lambda: heard == channels)
    heard.clear()
    failures = metrics.CACHE_FAILURES.labels("unreachable")
    before = failures.value
    servers[2].kill()
    # So often it has looked, and the two that live would take what it writes.
    await until(lambda: failures.value >= before + 4)
    servers[2].start()
    await until(lambda: not cluster.is_away and subscriber.is_whole)
    await cluster.main.publish_all([(channel, b"x") for channel in channels])
    await until(lambda: heard == channels)
    listening.cancel()
    await asyncio.wait({listening})

    assert turns == [False, True]


async def test_a_replica_that_takes_over_is_written_to_and_heard() -> None:
    heard: set[str] = set()
    options = ("--cluster-node-timeout", "3000", "--repl-diskless-sync-delay", "0")
    with a_cluster(replicas=1, options=options) as (*_, last, replica):
        cache = cache_of(f"redis+cluster://127.0.0.1:{replica.port},127.0.0.1:{last.port}")
        await cache.open()
        subscriber = cache.subscriber(
            lambda channel, _: heard.add(channel), on_lost=lambda: None, on_restored=lambda: None
        )
        channels = {cache.key("room", number) for number in range(USERS)}
        for channel in channels:
            subscriber.subscribe(channel)
        work = [asyncio.create_task(cache.watch()), asyncio.create_task(subscriber.run())]
        await until(lambda: subscriber.is_whole)
        last.kill()
        await until(lambda: cache.is_away, seconds=PROMOTED_SECONDS)
        async with asyncio.timeout(PROMOTED_SECONDS):
            while heard != channels:
                with suppress(CacheAway):
                    await cache.main.publish_all([(channel, b"x") for channel in channels])
                await asyncio.sleep(0.05)
        role = replica.ask("ROLE")[0]
        for task in work:
            task.cancel()
        await asyncio.wait(work)
        await cache.close()

    assert role == b"master"
