"""Blocks on a real database: recorded, growing, over a restart, lifted, and by many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from causerie.foundation.completion import Completion
from causerie.foundation.errors import NotFound, RateLimited
from causerie.foundation.events import Event, Events
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from causerie.limits import (
    Action,
    BlockLifted,
    BlockPlaced,
    LimitOptions,
    Offence,
    Scope,
    Subject,
)
from causerie.limits.wiring import Limits, build
from tests.fakes.clock import FakeClock

BOB = UserId(8)
OFFENCE = Offence(Subject(Scope.USER, "8"), "flooding", 120.0, "1,001 refused sends in a minute")
DAY_SECONDS = 24 * 3600


class BlockScene:
    """A node's limits, with the worker that writes offences down."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.clock = clock
        self.announced: list[Event] = []
        events = Events()
        for kind in (BlockPlaced, BlockLifted):
            events.listen(kind, self.announced.append)
        self.limits: Limits = build(
            database, LimitOptions(), events=events, completion=Completion(), clock=clock
        )
        self.blocks = self.limits.service.blocks
        self.worker = asyncio.create_task(self.blocks.run())

    async def offend(self) -> int:
        """Offend, and give the step of the block that came of it."""
        before = len(self.announced)
        self.blocks.offend(OFFENCE)
        async with asyncio.timeout(60):
            while len(self.announced) == before:
                await asyncio.sleep(0.005)  # for the worker's commit
        last = self.announced[-1]
        assert isinstance(last, BlockPlaced)
        return last.block.step

    def wait_of(self, user_id: UserId) -> float | None:
        return self.limits.messages.take(user_id)


Opener = Callable[[], BlockScene]


@pytest.fixture
async def opener(database: Database) -> AsyncIterator[Opener]:
    clock, opened = FakeClock(), list[BlockScene]()

    def open_() -> BlockScene:
        opened.append(BlockScene(database, clock))
        return opened[-1]

    yield open_
    for scene in opened:
        scene.worker.cancel()
    await asyncio.gather(*(scene.worker for scene in opened), return_exceptions=True)


@pytest.fixture
async def scene(opener: Opener) -> BlockScene:
    return opener()


async def test_blocks_grow_with_each_offence_and_fade_with_quiet_days(scene: BlockScene) -> None:
    steps, waits = [], []
    for quiet_days in (0, 0, 0, 0, 0, 3):
        scene.clock.advance(quiet_days * DAY_SECONDS)
        steps.append(await scene.offend())
        waits.append(round(scene.wait_of(BOB) or 0))
        scene.clock.advance(waits[-1])

    assert steps == [1, 2, 3, 4, 4, 2]
    assert waits == [60, 1800, 7200, 86400, 86400, 1800]


async def test_a_block_holds_at_once_and_is_answered_with_when_to_come(scene: BlockScene) -> None:
    scene.blocks.offend(OFFENCE)

    with pytest.raises(RateLimited) as refused:
        scene.limits.messages.require(BOB)

    assert refused.value.retry_after == 60
    assert scene.wait_of(UserId(9)) is None


async def test_a_block_survives_a_restart(scene: BlockScene, opener: Opener) -> None:
    await scene.offend()
    scene.clock.advance(20)

    after = opener()
    await after.limits.service.refresh()

    assert after.wait_of(BOB) == pytest.approx(40)


async def test_one_offence_seen_by_two_nodes_is_one_block(
    scene: BlockScene, opener: Opener
) -> None:
    other = opener()
    await scene.offend()
    other.blocks.offend(OFFENCE)
    await other.limits.service.refresh()

    found = await scene.blocks.blocks(active=True, before=None, limit=10)

    assert [(block.step, block.subject) for block in found] == [(1, OFFENCE.subject)]


async def test_another_node_learns_of_a_block_and_of_its_end(
    scene: BlockScene, opener: Opener
) -> None:
    other = opener()
    await other.limits.service.refresh()
    await scene.offend()
    await other.limits.service.refresh()
    during = other.wait_of(BOB)
    [block] = await scene.blocks.blocks(active=True, before=None, limit=10)
    await scene.blocks.lift(block.id, by=UserId(1))
    await other.limits.service.refresh()

    assert during == pytest.approx(60)
    assert other.wait_of(BOB) is None


async def test_a_lifted_block_makes_the_next_one_no_longer(scene: BlockScene) -> None:
    await scene.offend()
    [block] = await scene.blocks.blocks(active=True, before=None, limit=10)
    lifted = [await scene.blocks.lift(block.id, by=UserId(1)) for _ in range(2)]

    assert scene.wait_of(BOB) is None
    assert lifted[0] == lifted[1]
    assert [type(e) for e in scene.announced] == [BlockPlaced, BlockLifted]
    assert await scene.offend() == 1


async def test_history_is_kept_and_shown(scene: BlockScene) -> None:
    await scene.offend()
    scene.clock.advance(61)
    await scene.offend()

    everything = await scene.blocks.blocks(active=False, before=None, limit=10)
    in_force = await scene.blocks.blocks(active=True, before=None, limit=10)

    assert [block.step for block in everything] == [2, 1]
    assert [block.step for block in in_force] == [2]
    assert everything[0].reason == OFFENCE.reason


async def test_by_hand_once_under_a_key(scene: BlockScene) -> None:
    made = [
        await scene.blocks.place(
            Scope.ADDRESS, "192.0.2.7", seconds=600, reason="scans", by=UserId(1), key="k"
        )
        for _ in range(2)
    ]

    assert made[0] == made[1]
    wait = scene.limits.book.of_addresses(Action.AUTH_ATTEMPTS).take("192.0.2.7")
    assert wait == pytest.approx(600)


async def test_what_is_not_there_cannot_be_lifted(scene: BlockScene) -> None:
    with pytest.raises(NotFound):
        await scene.blocks.lift(999, by=UserId(1))
