"""What a process remembers: bounded in number, bytes and age, and never of another version."""

from __future__ import annotations

import asyncio

import pytest

from causerie.foundation.remembering import ENTRY_BYTES, Caches, Remembered
from causerie.foundation.telemetry import metrics
from tests.fakes.clock import FakeClock

AGE_SECONDS = 30.0
VALUE_BYTES = 100
ROOM_FOR = 3
numbers = iter(range(1000))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def caches(clock: FakeClock) -> Caches:
    return Caches(clock)


@pytest.fixture
def cache(caches: Caches) -> Remembered[str, str]:
    return caches.make(
        f"test{next(numbers)}",
        max_entries=10,
        max_bytes=ROOM_FOR * (VALUE_BYTES + ENTRY_BYTES),
        max_age_seconds=AGE_SECONDS,
    )


def test_what_was_kept_is_found_at_its_version_only(cache: Remembered[str, str]) -> None:
    cache.keep("a", "old", weight=VALUE_BYTES, version=(1, 1))
    found = cache.find("a", version=(1, 1))
    other = cache.find("a", version=(1, 2))
    again = cache.find("a", version=(1, 1))

    assert found == "old"
    assert other is None
    assert again is None
    assert cache.weight == 0


def test_the_least_lately_used_makes_room(cache: Remembered[str, str]) -> None:
    for key in "abc":
        cache.keep(key, key, weight=VALUE_BYTES)
    cache.find("a")
    cache.keep("d", "d", weight=VALUE_BYTES)

    assert [key for key in "abcd" if cache.find(key)] == ["a", "c", "d"]
    assert metrics.MEMORY_CACHE_EVICTIONS.labels(cache.name).value == 1


def test_a_value_that_is_kept_anew_counts_once(cache: Remembered[str, str]) -> None:
    for _ in range(10):
        cache.keep("a", "a", weight=VALUE_BYTES)

    assert len(cache) == 1
    assert cache.weight == VALUE_BYTES + ENTRY_BYTES


def test_what_is_larger_than_all_there_is_room_for_is_not_kept(
    cache: Remembered[str, str],
) -> None:
    cache.keep("small", "s", weight=VALUE_BYTES)
    cache.keep("large", "l", weight=10 * ROOM_FOR * VALUE_BYTES)

    assert cache.find("large") is None
    assert cache.find("small") == "s"


def test_there_are_no_more_entries_than_may_be_however_small(caches: Caches) -> None:
    cache: Remembered[int, int] = caches.make(
        f"test{next(numbers)}", max_entries=5, max_bytes=1 << 20, max_age_seconds=AGE_SECONDS
    )
    for number in range(100):
        cache.keep(number, number, weight=0)

    assert len(cache) == 5


def test_nothing_is_found_past_its_age(cache: Remembered[str, str], clock: FakeClock) -> None:
    cache.keep("a", "a", weight=VALUE_BYTES)
    clock.advance(AGE_SECONDS)

    assert cache.find("a") is None


async def test_the_worker_gives_back_what_is_old_and_nobody_asks_for(
    caches: Caches, cache: Remembered[str, str], clock: FakeClock
) -> None:
    cache.keep("old", "o", weight=VALUE_BYTES)
    clock.advance(AGE_SECONDS / 2)
    cache.keep("new", "n", weight=VALUE_BYTES)
    clock.advance(AGE_SECONDS / 2)
    worker = asyncio.create_task(caches.run(interval_seconds=0))
    async with asyncio.timeout(60):
        while len(cache) > 1:
            await asyncio.sleep(0)
    worker.cancel()

    assert cache.find("new") == "n"


def test_all_that_is_remembered_is_counted(caches: Caches, cache: Remembered[str, str]) -> None:
    cache.keep("a", "a", weight=VALUE_BYTES)
    cache.find("a")
    cache.find("b")
    text = metrics.render().decode()

    label = f'cache="{cache.name}"'
    for line in (
        f'lookups_total{{{label},result="hit"}} 1.0',
        f'lookups_total{{{label},result="miss"}} 1.0',
        f"entries{{{label}}} 1.0",
        f"bytes{{{label}}} {VALUE_BYTES + ENTRY_BYTES}.0",
    ):
        assert f"chat_server_memory_cache_{line}" in text


def test_two_caches_of_one_name_could_not_be_told_apart(
    caches: Caches, cache: Remembered[str, str]
) -> None:
    with pytest.raises(ValueError, match="there is a cache named"):
        caches.make(cache.name, max_entries=1, max_bytes=1, max_age_seconds=1)
