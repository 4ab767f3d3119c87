"""A stream as a session's peer: it writes in order, waits for its caller, and ends in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from causerie.gateway import closing
from causerie.gateway.grpc import stream
from causerie.gateway.grpc.requests import Context
from causerie.gateway.grpc.stream import StreamPeer
from causerie.gateway.grpc.tongue import framed
from causerie.gateway.session import Session
from causerie.v1 import events_pb2 as pb


class Scene:
    """A peer whose caller takes what it is sent, or does not."""

    def __init__(self) -> None:
        self.peer = StreamPeer("192.0.2.1")
        self.taken: list[bytes] = []
        self.may_take = asyncio.Event()
        self.may_take.set()
        self.drained = 0
        self.was_let_go = False
        self._context = cast("Context", SimpleNamespace(write=self._take))
        self._session = cast(
            "Session", SimpleNamespace(on_writable=self._drain, let_go=self._let_go)
        )

    async def _take(self, piece: bytes) -> None:
        await self.may_take.wait()
        self.taken.append(piece)

    def _drain(self) -> None:
        self.drained += 1

    def _let_go(self) -> None:
        self.was_let_go = True
        self.peer.close(closing.SLOW_READER.code, "slow")

    def carry(self) -> asyncio.Task[tuple[int, str]]:
        return asyncio.create_task(self.peer.carry(self._context, self._session))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0)


def event(content: str) -> bytes:
    return framed(pb.StreamEventsResponse, "message", {"content": content})


async def test_what_was_written_goes_out_before_the_end() -> None:
    scene = Scene()
    scene.peer.write(event("one"))
    scene.peer.write(event("two"))
    scene.peer.close(closing.SERVICE_RESTART.code, "resume")

    assert await scene.carry() == (closing.SERVICE_RESTART.code, "resume")
    assert scene.taken == [event("one"), event("two")]
    assert scene.peer.unsent_bytes() == 0


async def test_nothing_is_written_after_the_end() -> None:
    scene = Scene()
    scene.peer.close(closing.NORMAL.code)
    scene.peer.write(event("late"))
    await scene.carry()

    assert scene.taken == []


async def test_the_first_reason_for_the_end_counts() -> None:
    scene = Scene()
    scene.peer.close(closing.BANNED.code, "banned")
    scene.peer.close(closing.NORMAL.code, "later")

    assert await scene.carry() == (closing.BANNED.code, "banned")


async def test_what_the_caller_has_not_taken_is_counted() -> None:
    scene = Scene()
    scene.may_take.clear()
    scene.peer.write(event("one"))
    carrying = scene.carry()
    await asyncio.sleep(0)
    before = scene.peer.unsent_bytes()
    scene.may_take.set()
    await scene.until(lambda: scene.peer.unsent_bytes() == 0)
    scene.peer.abort()
    await carrying

    assert before == len(event("one"))
    assert scene.drained == 1


async def test_who_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STALLED_SECONDS", 0.01)
    scene = Scene()
    scene.may_take.clear()
    scene.peer.write(event("one"))

    assert (await scene.carry())[0] == closing.SLOW_READER.code
    assert scene.was_let_go


async def test_an_end_does_not_wait_long_for_who_takes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "CLOSE_TIMEOUT_SECONDS", 0.01)
    scene = Scene()
    scene.may_take.clear()
    scene.peer.write(event("one"))
    carrying = scene.carry()
    await asyncio.sleep(0)
    scene.peer.close(closing.UNAUTHENTICATED.code, "revoked")

    assert (await asyncio.wait_for(carrying, 60))[0] == closing.UNAUTHENTICATED.code
