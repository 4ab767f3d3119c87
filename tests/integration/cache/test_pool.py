"""Commands, scripts, and what happens when Redis goes and comes back."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from causerie.foundation.cache import (
    COMMAND_TIMEOUT_SECONDS,
    AwayReason,
    Cache,
    CacheAway,
    CacheRefused,
    Script,
    parse_address,
)
from tests.integration.cache.conftest import until
from tests.measures import measured_soon
from tests.processes import starved_seconds
from tests.valkeys import SMALL_POOLS, Valkey, a_valkey, cache_of

ADD = Script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
# A busy machine may look late.
SLACK_SECONDS = 1.0


async def test_replies_come_as_they_are_on_the_wire(cache: Cache) -> None:
    key = cache.key("{x}", "hash")

    replies = await cache.main.call_all(
        [("HSET", key, "a", 1), ("HGETALL", key), ("GET", cache.key("none")), ("EXPIRE", key, 9)]
    )

    assert replies == [1, [b"a", b"1"], None, 1]


async def test_a_script_is_known_again_after_it_was_forgotten(cache: Cache, server: Valkey) -> None:
    key = cache.key("n")
    await cache.main.run(ADD, [key], 2)
    server.ask("SCRIPT", "FLUSH")

    assert await cache.main.run(ADD, [key], 3) == 5


async def test_more_callers_than_connections_stand_in_line(cache: Cache) -> None:
    replies = await asyncio.gather(
        *(cache.sessions.run(ADD, [cache.key("n")], 1) for _ in range(100))
    )

    assert sorted(r for r in replies if isinstance(r, int)) == list(range(1, 101))
    assert cache.sessions.in_use == 0


async def test_a_wrong_call_is_a_bug_and_takes_nothing_away(cache: Cache) -> None:
    with pytest.raises(Exception, match="unknown command"):
        await cache.main.call("NOSUCH")

    assert not cache.is_away


async def test_a_silent_server_is_waited_for_once(brief_cache: Cache, server: Valkey) -> None:
    cache = brief_cache
    told: list[bool] = []
    cache.listen(told.append)
    await cache.main.call("PING")
    server.pause()
    with pytest.raises(CacheAway):
        await cache.main.call("PING")

    async def ask_a_hundred_times() -> float:
        started = time.monotonic()
        for _ in range(100):
            with pytest.raises(CacheAway):
                await cache.queues.call("PING")
        return time.monotonic() - started

    others = await measured_soon(ask_a_hundred_times, holds=lambda seconds: seconds < 0.2)
    server.resume()
    await until(lambda: not cache.is_away)

    assert others < 0.2
    assert told == [False, True]
    assert await cache.main.call("PING") == b"PONG"


async def test_a_process_that_stood_still_itself_takes_nobody_for_silent(server: Valkey) -> None:
    cache, told = cache_of(server.url, patience_seconds=1.0), list[bool]()
    await cache.open()
    cache.listen(told.append)
    asking = [asyncio.create_task(cache.main.call("PING")) for _ in range(3)]
    await asyncio.sleep(0)
    time.sleep(2 * cache.patience_seconds)  # noqa: ASYNC251 - it is the loop that stands still
    await asyncio.gather(*asking, return_exceptions=True)

    assert told == []
    assert await cache.main.call("PING") == b"PONG"
    await cache.close()


@pytest.mark.parametrize("callers", [1, 200])
async def test_nobody_waits_longer_than_is_promised_nor_again_who_stood_in_line(
    server: Valkey, callers: int
) -> None:
    bound = COMMAND_TIMEOUT_SECONDS + SLACK_SECONDS

    async def ask() -> float:
        cache = Cache(parse_address(server.url), SMALL_POOLS)
        await cache.open()
        server.pause()
        try:
            started = time.monotonic() - starved_seconds(os.getpid())
            outcomes = await asyncio.gather(
                *(cache.main.call("PING") for _ in range(callers)), return_exceptions=True
            )
            seconds = time.monotonic() - starved_seconds(os.getpid()) - started
        finally:
            server.resume()
        await cache.close()
        assert all(isinstance(outcome, CacheAway) for outcome in outcomes)
        return seconds

    assert await measured_soon(ask, holds=lambda seconds: seconds < bound) < bound


async def test_the_watch_notices_without_any_traffic(brief_cache: Cache, server: Valkey) -> None:
    cache = brief_cache
    server.pause()
    await until(lambda: cache.is_away)
    reason = cache.away_reason
    server.resume()

    assert reason is AwayReason.SILENT


async def test_a_killed_server_is_used_again_after_it_was_started(
    cache: Cache, server: Valkey
) -> None:
    await asyncio.gather(*(cache.main.run(ADD, [cache.key("n")], 1) for _ in range(20)))
    server.kill()
    with pytest.raises(CacheAway):
        await cache.main.call("PING")
    server.start()
    await until(lambda: not cache.is_away)

    # Also on connections of the time before, and with a script that the new one never saw.
    outcomes = await asyncio.gather(*(cache.main.run(ADD, [cache.key("n")], 1) for _ in range(20)))
    assert len(outcomes) == 20


async def test_a_replica_that_takes_no_writes_is_away(cache: Cache, server: Valkey) -> None:
    server.ask("REPLICAOF", "127.0.0.1", 1)
    with pytest.raises(CacheAway):
        await cache.main.call("SET", cache.key("x"), 1)
    reason = cache.away_reason
    server.ask("REPLICAOF", "NO", "ONE")
    await until(lambda: not cache.is_away)

    assert reason is AwayReason.READ_ONLY


async def test_a_server_without_memory_is_away(cache: Cache, server: Valkey) -> None:
    server.ask("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(CacheAway):
        await cache.main.call("SET", cache.key("x"), 1)
    reason = cache.away_reason
    server.ask("CONFIG", "SET", "maxmemory", "0")
    await until(lambda: not cache.is_away)

    assert reason is AwayReason.FULL


async def test_a_server_that_is_not_there_at_start_is_found_later() -> None:
    server = Valkey()
    cache = cache_of(server.url)
    try:
        await cache.open()
        was_away = cache.is_away
        watch = asyncio.create_task(cache.watch())
        server.start()
        await until(lambda: not cache.is_away)
        watch.cancel()
    finally:
        await cache.close()
        server.close()

    assert was_away


async def test_a_wrong_password_is_told_at_start() -> None:
    with a_valkey("--requirepass", "right") as server:
        address = server.url.replace("://", "://:wrong@")
        cache = cache_of(address)
        with pytest.raises(CacheRefused, match="refuses the user, the password") as refusal:
            await cache.open()
        await cache.close()

    assert "wrong" not in str(refusal.value)


async def test_a_user_with_a_password_is_let_in_and_thrown_out() -> None:
    with a_valkey() as server:
        rights = ("on", ">right", "~causerie:*", "&causerie:*", "+@all")
        server.ask("ACL", "SETUSER", "node", *rights)
        cache = cache_of(server.url.replace("://", "://node:right@"))
        await cache.open()
        await cache.main.call("SET", cache.key("x"), 1)
        was_away = cache.is_away
        server.ask("ACL", "SETUSER", "node", "resetpass", ">other")
        server.ask("CLIENT", "KILL", "TYPE", "normal")
        with pytest.raises(CacheAway):
            await asyncio.gather(*(cache.main.call("PING") for _ in range(5)))
        await cache.close()

    assert not was_away


@pytest.mark.parametrize("all_channels", [("no",), ("room", "no", "room")])
async def test_a_channel_that_the_user_has_no_right_to_is_a_refusal_alone_and_among_others(
    server: Valkey, all_channels: tuple[str, ...]
) -> None:
    server.ask("ACL", "SETUSER", "node", "on", ">right", "~causerie:*", "&causerie:room", "+@all")
    cache = cache_of(server.url.replace("://", "://node:right@"))
    await cache.open()
    with pytest.raises(CacheAway):
        await cache.main.publish_all([(cache.key(channel), b"x") for channel in all_channels])
    reason = cache.away_reason
    await cache.close()
    server.ask("ACL", "DELUSER", "node")

    assert reason is AwayReason.REFUSED
