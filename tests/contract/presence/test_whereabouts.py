"""The exam of every ``Whereabouts``: in memory, in Redis, and in Redis with memory behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from causerie.foundation.identity import UserId
from causerie.presence import Choice, Person, Standing, Status, Whereabouts
from causerie.presence.ports import NODE_SECONDS
from causerie.presence.store import LastingWhereabouts, MemoryWhereabouts, SharedWhereabouts
from tests.fakes.clock import FakeClock
from tests.valkeys import Valkey, a_valkey, cache_of

ANN, BEN = UserId(1), UserId(2)
ACTIVE = Standing(is_idle=False, active_at=100.0)
IDLE = Standing(is_idle=True, active_at=50.0)
BUSY = Choice(Status.BUSY, 3)

FORMS = ("in memory", "in Redis", "in both")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with a_valkey() as server:
        yield server


@pytest.fixture(params=FORMS)
async def whereabouts(
    request: pytest.FixtureRequest, clock: FakeClock
) -> AsyncIterator[Whereabouts]:
    if request.param == "in memory":
        yield MemoryWhereabouts(clock)
        return
    valkey: Valkey = request.getfixturevalue("valkey")
    valkey.flush()
    cache = cache_of(valkey.url)
    await cache.open()
    shared = SharedWhereabouts if request.param == "in Redis" else LastingWhereabouts
    yield shared(cache, clock)
    await cache.close()


async def test_who_was_put_somewhere_is_found_and_nobody_else(whereabouts: Whereabouts) -> None:
    put = await whereabouts.put("a", {ANN: ACTIVE}, {})

    assert put == {ANN: Person(ACTIVE)}
    assert await whereabouts.find([ANN, BEN]) == put


async def test_several_devices_are_one_person(whereabouts: Whereabouts) -> None:
    await whereabouts.put("a", {ANN: IDLE}, {})

    both = await whereabouts.put("b", {ANN: ACTIVE}, {})

    assert both[ANN].standing == ACTIVE
    after = await whereabouts.put("b", {ANN: Standing(is_idle=True, active_at=120.0)}, {})
    assert after[ANN].standing == Standing(is_idle=True, active_at=120.0)


async def test_who_leaves_one_node_is_still_at_the_other(whereabouts: Whereabouts) -> None:
    await whereabouts.put("a", {ANN: ACTIVE}, {ANN: BUSY})
    await whereabouts.put("b", {ANN: IDLE}, {})

    left = await whereabouts.put("a", {ANN: None}, {})

    assert left == {ANN: Person(IDLE, BUSY)}
    assert await whereabouts.put("b", {ANN: None}, {}) == {}
    assert await whereabouts.find([ANN]) == {}


async def test_the_newest_choice_holds_whatever_comes_later(whereabouts: Whereabouts) -> None:
    await whereabouts.put("a", {ANN: ACTIVE}, {ANN: BUSY})

    older = await whereabouts.put("b", {ANN: ACTIVE}, {ANN: Choice(Status.INVISIBLE, 2)})

    assert older[ANN].choice == BUSY


async def test_a_choice_is_forgotten_with_the_last_standing(whereabouts: Whereabouts) -> None:
    await whereabouts.put("a", {ANN: ACTIVE}, {ANN: BUSY})
    await whereabouts.put("a", {ANN: None}, {})

    again = await whereabouts.put("a", {ANN: ACTIVE}, {})

    assert again[ANN].choice == Choice()


async def test_a_choice_of_one_who_is_nowhere_is_not_kept(whereabouts: Whereabouts) -> None:
    await whereabouts.put("a", {}, {ANN: BUSY})

    assert (await whereabouts.put("a", {ANN: ACTIVE}, {}))[ANN].choice == Choice()


async def test_with_a_node_that_is_not_heard_of_those_are_gone_who_were_there_alone(
    whereabouts: Whereabouts, clock: FakeClock
) -> None:
    await whereabouts.put("a", {ANN: ACTIVE, BEN: ACTIVE}, {ANN: BUSY})
    clock.advance(NODE_SECONDS - 1)
    await whereabouts.put("b", {BEN: IDLE}, {})
    assert list(await whereabouts.keep("b")) == []

    clock.advance(1)

    assert list(await whereabouts.keep("b")) == [ANN]
    assert await whereabouts.find([ANN, BEN]) == {BEN: Person(IDLE)}


async def test_a_node_that_says_so_lives(whereabouts: Whereabouts, clock: FakeClock) -> None:
    await whereabouts.put("a", {ANN: ACTIVE}, {})

    for _ in range(5):
        clock.advance(NODE_SECONDS - 1)
        await whereabouts.keep("a")

    assert (await whereabouts.find([ANN])).keys() == {ANN}


async def test_who_was_at_a_node_that_ended_is_gone_a_little_later(
    whereabouts: Whereabouts, clock: FakeClock
) -> None:
    await whereabouts.put("a", {ANN: ACTIVE, BEN: ACTIVE}, {})
    await whereabouts.put("b", {BEN: IDLE}, {})
    await whereabouts.end("a", in_seconds=8.0)
    clock.advance(7)
    before = list(await whereabouts.keep("b"))
    clock.advance(2)

    assert before == []
    assert list(await whereabouts.keep("b")) == [ANN]
    assert await whereabouts.find([ANN, BEN]) == {BEN: Person(IDLE)}
