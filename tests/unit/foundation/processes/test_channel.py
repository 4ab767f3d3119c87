"""Two processes ask each other, and neither waits for ever for one that is gone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from causerie.foundation.processes import Channel, ChannelClosed, Handler, open_channel
from causerie.foundation.processes.channel import LENGTH_BYTES, MAX_FRAME_BYTES, MAX_UNDER_WAY

SOON_SECONDS = 60.0


async def shout(body: bytes) -> bytes:
    return body.upper()


async def fail(_: bytes) -> bytes:
    raise ValueError("no")


@asynccontextmanager
async def a_pair(handlers: Mapping[str, Handler]) -> AsyncIterator[tuple[Channel, Channel]]:
    ours, theirs = socket.socketpair()
    ends = await open_channel(ours, {}), await open_channel(theirs, handlers)
    async with asyncio.TaskGroup() as running:
        for end in ends:
            running.create_task(end.run())
        yield ends
        for end in ends:
            end.close()


async def test_a_question_gets_its_answer_also_when_many_are_asked_at_once() -> None:
    async with a_pair({"shout": shout}) as (ours, _):
        words = [f"word {number}".encode() for number in range(MAX_UNDER_WAY // 2)]
        answers = await asyncio.gather(
            *(ours.ask("shout", word, seconds=SOON_SECONDS) for word in words)
        )

    assert answers == [word.upper() for word in words]


@pytest.mark.parametrize("name", ["fail", "unknown"])
async def test_a_question_that_fails_over_there_is_told_so(name: str) -> None:
    async with a_pair({"fail": fail}) as (ours, _):
        with pytest.raises(ChannelClosed):
            await ours.ask(name, seconds=SOON_SECONDS)


async def test_who_does_not_answer_in_time_is_not_waited_for_and_heard_no_more() -> None:
    let_go = asyncio.Event()

    async def dawdle(_: bytes) -> bytes:
        await let_go.wait()
        return b"late"

    async with a_pair({"dawdle": dawdle, "shout": shout}) as (ours, _):
        with pytest.raises(ChannelClosed):
            await ours.ask("dawdle", seconds=0.01)
        let_go.set()
        after = await ours.ask("shout", b"on", seconds=SOON_SECONDS)

    assert after == b"ON"


async def test_more_questions_at_once_than_a_well_neighbour_asks_are_turned_away() -> None:
    let_go = asyncio.Event()

    async def dawdle(_: bytes) -> bytes:
        await let_go.wait()
        return b""

    async with a_pair({"dawdle": dawdle}) as (ours, _):
        asked = [
            asyncio.ensure_future(ours.ask("dawdle", seconds=SOON_SECONDS))
            for _ in range(MAX_UNDER_WAY)
        ]
        await asyncio.sleep(0)
        with pytest.raises(ChannelClosed):
            await ours.ask("dawdle", seconds=SOON_SECONDS)
        let_go.set()
        answers = await asyncio.gather(*asked)

    assert answers == [b""] * MAX_UNDER_WAY


async def test_who_waits_hears_at_once_that_the_other_end_is_gone() -> None:
    asked = asyncio.Event()

    async def hang(_: bytes) -> bytes:
        asked.set()
        await asyncio.Event().wait()
        return b""

    async with a_pair({"hang": hang}) as (ours, theirs):
        waiting = asyncio.ensure_future(ours.ask("hang", seconds=60))
        await asked.wait()
        theirs.close()
        with pytest.raises(ChannelClosed):
            await asyncio.wait_for(waiting, SOON_SECONDS)
        with pytest.raises(ChannelClosed):
            await ours.ask("hang", seconds=60)


async def test_a_frame_past_all_measure_ends_the_channel() -> None:
    ours, theirs = socket.socketpair()
    end = await open_channel(ours, {})
    theirs.sendall((MAX_FRAME_BYTES + 1).to_bytes(LENGTH_BYTES, "big"))

    await asyncio.wait_for(end.run(), SOON_SECONDS)

    with pytest.raises(ChannelClosed):
        await end.ask("anything", seconds=60)
    theirs.close()
