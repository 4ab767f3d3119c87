"""Whereabouts while Redis is away, or was emptied: one's own people stay, and it mends by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from causerie.foundation.cache import Cache
from causerie.foundation.clock import SystemClock
from causerie.foundation.identity import UserId
from causerie.presence import Choice, Person, Standing, Status
from causerie.presence.store import LastingWhereabouts
from tests.valkeys import Valkey, a_valkey, cache_of

ANN, BEN = UserId(1), UserId(2)
ACTIVE = Standing(is_idle=False, active_at=100.0)
BUSY = Choice(Status.BUSY, 3)


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    with a_valkey() as server:
        yield server


@pytest.fixture
async def cache(valkey: Valkey) -> AsyncIterator[Cache]:
    cache = cache_of(valkey.url)
    await cache.open()
    watch = asyncio.create_task(cache.watch())
    yield cache
    watch.cancel()
    await cache.close()


def node_of(cache: Cache) -> LastingWhereabouts:
    return LastingWhereabouts(cache, SystemClock())


async def test_without_redis_a_node_knows_its_own_and_with_it_again_everybody(
    valkey: Valkey, cache: Cache
) -> None:
    one, other = node_of(cache), node_of(cache)
    await one.put("a", {ANN: ACTIVE}, {})
    await other.put("b", {BEN: ACTIVE}, {})
    both = await one.find([ANN, BEN])

    valkey.kill()
    alone = await one.find([ANN, BEN])
    chosen = await one.put("a", {ANN: ACTIVE}, {ANN: BUSY})
    valkey.start()
    async with asyncio.timeout(60):
        while cache.is_away:
            await asyncio.sleep(0.02)
    await other.keep("b")
    await one.keep("a")

    assert both.keys() == {ANN, BEN}
    assert alone == {ANN: Person(ACTIVE)}
    assert chosen == {ANN: Person(ACTIVE, BUSY)}
    assert await other.find([ANN, BEN]) == {ANN: Person(ACTIVE, BUSY), BEN: Person(ACTIVE)}


async def test_an_emptied_redis_is_told_anew(valkey: Valkey, cache: Cache) -> None:
    one, other = node_of(cache), node_of(cache)
    await one.put("a", {ANN: ACTIVE}, {ANN: BUSY})

    valkey.flush()
    emptied = await other.find([ANN])
    own = await one.find([ANN])
    await one.keep("a")

    assert emptied == {}
    assert own == {ANN: Person(ACTIVE, BUSY)}
    assert await other.find([ANN]) == {ANN: Person(ACTIVE, BUSY)}
