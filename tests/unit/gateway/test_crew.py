"""The short tasks of sockets have an owner."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from causerie.gateway.crew import Crew


@pytest.fixture
async def crew() -> AsyncIterator[Crew]:
    crew = Crew()
    running = asyncio.create_task(crew.run())
    await asyncio.sleep(0)
    yield crew
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_one_that_fails_harms_no_other(crew: Crew) -> None:
    done = asyncio.Event()

    async def fail() -> None:
        raise RuntimeError("a bug")

    async def work() -> None:
        await asyncio.sleep(0)
        done.set()

    started = [crew.start(fail()), crew.start(work()), crew.start(work())]
    await crew.finish(1)

    assert started == [True, True, True]
    assert done.is_set()


async def test_finishing_waits_for_what_runs_and_no_longer_than_it_may(crew: Crew) -> None:
    gate = asyncio.Event()
    ended = []

    async def work() -> None:
        await gate.wait()
        ended.append(True)

    crew.start(work())
    await crew.finish(0.001)
    before = list(ended)
    gate.set()
    await crew.finish(1)

    assert before == []
    assert ended == [True]


async def test_nothing_is_begun_once_the_server_stops() -> None:
    crew = Crew()
    running = asyncio.create_task(crew.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})
    ran = []

    async def work() -> None:
        ran.append(True)

    is_started = crew.start(work())
    await asyncio.sleep(0)

    assert not is_started
    assert ran == []


async def test_what_runs_is_cancelled_with_its_owner() -> None:
    crew = Crew()
    running = asyncio.create_task(crew.run())
    await asyncio.sleep(0)
    ends = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append(True)

    crew.start(work())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})

    assert ends == [True]
