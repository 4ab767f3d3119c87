"""Sentinels name the master: a new one is found, though one of them is silent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from causerie.foundation.cache import Cache, CacheRefused
from tests.ensembles import SERVICE, Watched, a_watched_pair
from tests.integration.cache.conftest import until
from tests.valkeys import BRIEF_SECONDS, a_valkey, cache_of

FAILOVER_SECONDS = 60.0  # Four on a quiet machine.


@pytest.fixture
def watched() -> Iterator[Watched]:
    with a_watched_pair() as watched:
        yield watched


async def test_the_new_master_is_used_and_heard_though_the_first_sentinel_is_silent(
    watched: Watched,
) -> None:
    # While nobody names a master the silent one is waited for, each time.
    cache = cache_of(watched.url, patience_seconds=BRIEF_SECONDS)
    await cache.open()
    turns: list[str] = []
    heard: list[bytes] = []
    subscriber = cache.subscriber(
        lambda _, payload: heard.append(payload),
        on_lost=lambda: turns.append("lost"),
        on_restored=lambda: turns.append("restored"),
    )
    subscriber.subscribe(cache.key("room"))
    work = [asyncio.create_task(cache.watch()), asyncio.create_task(subscriber.run())]
    await until(lambda: turns == ["restored"])
    old = watched.master
    try:
        await _say(cache, b"before")
        watched.sentinels[0].pause()  # As if its machine were gone: it refuses nothing.
        old.kill()
        await until(lambda: cache.is_away, seconds=FAILOVER_SECONDS)
        await until(lambda: turns[-1] == "restored" and len(turns) > 1, seconds=FAILOVER_SECONDS)
        await until(lambda: not cache.is_away, seconds=FAILOVER_SECONDS)
        new = watched.master
        await _say(cache, b"after")
        await until(lambda: len(heard) > 1)
        found = list(turns)
    finally:
        for task in work:
            task.cancel()
        await asyncio.wait(work)
        await cache.close()

    assert new is not old
    assert heard == [b"before", b"after"]
    assert found == ["restored", "lost", "restored"]


async def _say(cache: Cache, word: bytes) -> None:
    await cache.main.publish_all([(cache.key("room"), word)])


async def test_a_wrong_password_of_the_sentinels_is_told_at_start() -> None:
    with a_valkey("--requirepass", "right", is_sentinel=True) as sentinel:
        hosts = f"127.0.0.1:{sentinel.port}"
        cache = cache_of(f"redis+sentinel://{hosts}/{SERVICE}?sentinel_password=wrong")
        with pytest.raises(CacheRefused, match="refuses the user, the password"):
            await cache.open()
        await cache.close()
