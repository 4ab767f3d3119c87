"""Work goes on to its end though whoever waits for it gives up."""

from __future__ import annotations

import asyncio

import pytest

from causerie.foundation.completion import Completion
from causerie.foundation.errors import Unavailable


async def test_the_result_comes_back() -> None:
    async def work() -> int:
        return 7

    assert await Completion().run(work()) == 7


async def test_a_failure_comes_back() -> None:
    async def work() -> None:
        raise Unavailable("no")

    with pytest.raises(Unavailable, match="no"):
        await Completion().run(work())


async def test_who_gives_up_waiting_does_not_end_the_work() -> None:
    completion = Completion()
    may_go_on, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await may_go_on.wait()
        ended.set()

    waiter = asyncio.create_task(completion.run(work()))
    await asyncio.sleep(0)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    may_go_on.set()

    await asyncio.wait_for(ended.wait(), 60)


async def test_a_failure_that_nobody_waits_for_is_taken_note_of() -> None:
    completion = Completion()
    may_go_on = asyncio.Event()

    async def work() -> None:
        await may_go_on.wait()
        raise Unavailable("no")

    waiter = asyncio.create_task(completion.run(work()))
    await asyncio.sleep(0)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    may_go_on.set()

    assert await completion.drain(60) == 0
    assert completion.under_way == 0


async def test_what_is_under_way_has_a_bound() -> None:
    completion = Completion(max_under_way=1)
    may_go_on = asyncio.Event()

    async def work() -> None:
        await may_go_on.wait()

    first = asyncio.create_task(completion.run(work()))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await completion.run(work())
    may_go_on.set()

    await first


async def test_draining_cuts_off_what_is_late_and_counts_it() -> None:
    completion = Completion()

    async def work() -> None:
        await asyncio.Event().wait()

    waiter = asyncio.create_task(completion.run(work()))
    await asyncio.sleep(0)

    assert await completion.drain(0.01) == 1
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert completion.under_way == 0
