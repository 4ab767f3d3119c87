"""Channels across an interruption: nothing is missed unsaid."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from causerie.foundation.cache import Cache, CacheAway, Subscriber
from tests.integration.cache.conftest import until
from tests.valkeys import Valkey


class Listening:
    """What a subscriber heard, in order."""

    def __init__(self, cache: Cache) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.turns: list[str] = []
        self.confirmed: set[str] = set()
        self.subscriber: Subscriber = cache.subscriber(
            lambda channel, payload: self.heard.append((channel, payload)),
            on_lost=lambda: self.turns.append("lost"),
            on_restored=lambda: self.turns.append("restored"),
            on_heard=self.confirmed.add,
        )

    async def subscribed(self, channel: str) -> None:
        """Wish to hear a channel, and wait until the server has it."""
        self.confirmed.discard(channel)
        self.subscriber.subscribe(channel)
        await until(lambda: channel in self.confirmed)


@pytest.fixture
async def listening(cache: Cache) -> AsyncIterator[Listening]:
    async with listening_on(cache) as listening:
        yield listening


@asynccontextmanager
async def listening_on(cache: Cache) -> AsyncIterator[Listening]:
    listening = Listening(cache)
    task = asyncio.create_task(listening.subscriber.run())
    try:
        yield listening
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_what_is_said_is_heard_in_order(
    cache: Cache, server: Valkey, listening: Listening
) -> None:
    one, other = cache.key("one"), cache.key("other")
    await listening.subscribed(one)
    await cache.main.publish_all([(other, b"not for us")])
    await cache.main.publish_all([(one, bytes([i])) for i in range(100)])
    server.ask("SCRIPT", "FLUSH")
    await cache.main.publish_all([(one, bytes([i])) for i in range(100, 200)])
    await until(lambda: len(listening.heard) >= 200)

    assert listening.heard == [(one, bytes([i])) for i in range(200)]
    assert listening.turns == ["restored"]


async def test_what_was_taken_back_is_not_heard_and_can_be_wished_again(
    cache: Cache, listening: Listening
) -> None:
    one, last = cache.key("one"), cache.key("last")
    await listening.subscribed(one)
    await listening.subscribed(last)
    listening.subscriber.unsubscribe(one)
    await cache.main.publish_all([(one, b"late")])
    listening.subscriber.unsubscribe(one)
    listening.subscriber.subscribe(one)
    listening.subscriber.unsubscribe(one)
    await listening.subscribed(one)
    await cache.main.publish_all([(one, b"again")])
    await cache.main.publish_all([(last, b"end")])
    await until(lambda: (last, b"end") in listening.heard)

    assert listening.heard[-2:] == [(one, b"again"), (last, b"end")]
    assert listening.turns == ["restored"]


@pytest.mark.parametrize("how", ["kill", "silence", "connection"])
async def test_an_interruption_is_said_and_the_wishes_outlive_it(
    brief_cache: Cache, server: Valkey, how: str
) -> None:
    cache = brief_cache
    channels = [cache.key("room", str(i)) for i in range(50)]
    async with listening_on(cache) as listening:
        for channel in channels:
            listening.subscriber.subscribe(channel)
        await listening.subscribed(channels[-1])
        if how == "kill":
            server.restart()
        elif how == "silence":
            server.pause()
            await until(lambda: cache.is_away)
            server.resume()
        else:
            server.ask("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: listening.turns == ["restored", "lost", "restored"])
        await until(lambda: not cache.is_away)
        await cache.main.publish_all([(channel, b"x") for channel in channels])
        await until(lambda: len(listening.heard) >= 50)

    assert {channel for channel, _ in listening.heard} == set(channels)


async def test_a_wish_while_redis_is_away_fails_at_once_and_stays(
    cache: Cache, server: Valkey, listening: Listening
) -> None:
    await until(lambda: listening.subscriber.is_whole)
    server.kill()
    await until(lambda: cache.is_away)
    with pytest.raises(CacheAway):
        await cache.main.publish_all([(cache.key("one"), b"unsaid")])
    listening.subscriber.subscribe(cache.key("one"))
    server.start()
    # It may not know yet that it hears nothing: what it wished meanwhile it has after that.
    await until(lambda: cache.key("one") in listening.confirmed and not cache.is_away)
    await cache.main.publish_all([(cache.key("one"), b"x")])
    await until(lambda: bool(listening.heard))

    assert listening.heard == [(cache.key("one"), b"x")]
