"""The exam of every ``Backlogs``: it gives all that was asked for, as new as was asked, or nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from causerie.foundation.cache import Cache
from causerie.foundation.realtime import (
    Backlog,
    Backlogs,
    Codec,
    Entry,
    MemoryBacklogs,
    RedisBacklogs,
)
from causerie.foundation.realtime.backlogs import BACKLOG_SECONDS, NoBacklogs
from causerie.foundation.realtime.backlogs_redis import MAX_SHARED_BYTES
from causerie.foundation.remembering import Caches
from tests.fakes.clock import FakeClock
from tests.fakes.truth import Said
from tests.valkeys import Valkey, a_valkey, cache_of

TOPIC = 7
FORMS = ("in memory", "in Redis", "in both")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with a_valkey() as server:
        yield server


@pytest.fixture
async def cache(valkey: Valkey) -> AsyncIterator[Cache]:
    valkey.flush()
    cache = cache_of(valkey.url)
    await cache.open()
    yield cache
    await cache.close()


def shared(cache: Cache, near: Backlogs | None = None) -> RedisBacklogs:
    return RedisBacklogs(cache, Codec(Said), near or NoBacklogs())


@pytest.fixture(params=FORMS)
def backlogs(request: pytest.FixtureRequest, clock: FakeClock) -> Backlogs:
    if request.param == "in memory":
        return MemoryBacklogs(Caches(clock))
    cache: Cache = request.getfixturevalue("cache")
    return shared(cache, MemoryBacklogs(Caches(clock)) if request.param == "in both" else None)


def tail(first: int, last: int, *, rev: int = 5, text_bytes: int = 0) -> Backlog:
    entries = [Entry(Said(seq), seq=seq, text_bytes=text_bytes) for seq in range(first, last + 1)]
    return Backlog(first - 1, rev, tuple(entries))


async def seqs(
    backlogs: Backlogs, *, after: int, rev: int = 5, upto: int = 100
) -> list[int] | None:
    found = await backlogs.find(TOPIC, after=after, rev=rev)
    if found is None:
        return None
    assert [entry.event for entry in found.entries] == [Said(e.seq) for e in found.entries]
    return [entry.seq for entry in found.between(after, upto)]


async def test_nothing_was_kept(backlogs: Backlogs) -> None:
    assert await seqs(backlogs, after=0) is None


async def test_what_follows_a_message_is_given_from_there(backlogs: Backlogs) -> None:
    await backlogs.keep(TOPIC, tail(11, 20))

    assert await seqs(backlogs, after=10) == list(range(11, 21))
    assert await seqs(backlogs, after=17) == [18, 19, 20]
    assert await seqs(backlogs, after=17, upto=18) == [18]
    assert await seqs(backlogs, after=17, rev=4) == [18, 19, 20]


async def test_what_it_does_not_hold_from_the_first_on_is_no_answer(backlogs: Backlogs) -> None:
    await backlogs.keep(TOPIC, tail(11, 20))

    assert await seqs(backlogs, after=9) is None
    assert await seqs(backlogs, after=20) is None
    assert await seqs(backlogs, after=99) is None
    assert await backlogs.find(TOPIC + 1, after=10, rev=5) is None


async def test_what_is_older_than_a_change_is_no_answer(backlogs: Backlogs) -> None:
    await backlogs.keep(TOPIC, tail(11, 20, rev=5))

    assert await seqs(backlogs, after=10, rev=6) is None


async def test_the_later_one_holds(backlogs: Backlogs) -> None:
    await backlogs.keep(TOPIC, tail(11, 20, rev=5))
    await backlogs.keep(TOPIC, tail(1, 30, rev=6))

    assert await seqs(backlogs, after=0, rev=6) == list(range(1, 31))


async def test_memory_forgets_in_time(clock: FakeClock) -> None:
    backlogs = MemoryBacklogs(Caches(clock))
    await backlogs.keep(TOPIC, tail(11, 20))
    clock.advance(BACKLOG_SECONDS)

    assert await seqs(backlogs, after=10) is None


async def test_redis_forgets_in_time(cache: Cache, valkey: Valkey) -> None:
    await shared(cache).keep(TOPIC, tail(11, 20))
    (key,) = valkey.ask("KEYS", "*backlog*")

    assert 0 < valkey.ask("PTTL", key) <= BACKLOG_SECONDS * 1000


async def test_what_one_node_has_read_another_need_not(cache: Cache, clock: FakeClock) -> None:
    one, other = shared(cache), shared(cache, MemoryBacklogs(Caches(clock)))
    await one.keep(TOPIC, tail(11, 20))
    from_redis = await seqs(other, after=15)
    await cache.queues.call("DEL", cache.key("backlog", TOPIC))

    assert from_redis == [16, 17, 18, 19, 20]
    assert await seqs(other, after=15) == from_redis
    assert await seqs(one, after=15) is None


async def test_what_would_hold_up_the_others_is_not_shared(cache: Cache) -> None:
    backlogs = shared(cache)
    await backlogs.keep(TOPIC, tail(1, MAX_SHARED_BYTES // 10))

    assert await seqs(backlogs, after=0) is None


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x93\x00\x05\xa1x", b"\x93\x00\x05\xc4\x01\x90"])
async def test_what_cannot_be_read_is_no_answer(cache: Cache, body: bytes) -> None:
    await cache.queues.call("SET", cache.key("backlog", TOPIC), body)

    assert await seqs(shared(cache), after=0) is None


async def test_a_message_that_only_a_newer_node_can_read_leaves_no_hole(cache: Cache) -> None:
    await RedisBacklogs(cache, Codec(Said), NoBacklogs()).keep(TOPIC, tail(1, 3))

    assert await RedisBacklogs(cache, Codec(), NoBacklogs()).find(TOPIC, after=0, rev=5) is None


async def test_without_redis_a_node_has_what_it_has_read_itself(clock: FakeClock) -> None:
    with a_valkey() as server:
        cache = cache_of(server.url)
        await cache.open()
    one, other = shared(cache, MemoryBacklogs(Caches(clock))), shared(cache)
    await one.keep(TOPIC, tail(11, 20))
    own, strange = await seqs(one, after=15), await seqs(other, after=15)
    await cache.close()

    assert own == [16, 17, 18, 19, 20]
    assert strange is None
