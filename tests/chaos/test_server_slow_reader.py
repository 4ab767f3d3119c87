"""One reader stops reading among twenty: the twenty get all, and the one comes back complete."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx2
import msgspec
import pytest

from tests.chaos.conftest import IS_FULL, StartServer
from tests.chaos.load import Message, Reader, Room, Sender, make_room, running, settle, until
from tests.chaos.verdict import faults
from tests.clients import token_for
from tests.e2e.conformance.raw_client import RawClient
from tests.processes import Causerie, starved_seconds

pytestmark = pytest.mark.long

READERS = 20
MESSAGES = 20_000 if IS_FULL else 4_000
WINDOW = 64
CONTENT = "x" * 1000
WARM_UP_MESSAGES = 600  # More than the recent messages of a room that the server keeps.
CLOSED_WITHIN_SECONDS = 15.0
MAX_GROWTH_BYTES = 10 << 20
# Kept for one reader, so many more than MAX_GROWTH_BYTES.
CONTROL_MESSAGES = 4_000
CONTROL_CONTENT = "x" * 3900
SMALL_BUFFER_BYTES = 4096  # Else the kernel would read some megabytes in the reader's place.
COME_BACK_SECONDS = 60.0


class Outcome(msgspec.Struct):
    """What a deaf reader came to."""

    faults: set[str]
    grown_bytes: int
    closed_after_seconds: float | None
    slow_readers: int
    deaf_faults: set[str]  # once the reader has come back
    was_reset: bool


@contextmanager
def deaf_reader(server: Causerie, user_id: int) -> Iterator[RawClient]:
    """Open a socket that is never read from."""
    client = RawClient(("127.0.0.1", server.port))
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
    with client:
        head = client.upgrade("/ws/v2", extra=f"Authorization: Bearer {token_for(user_id)}\r\n")
        assert b" 101 " in head, head
        yield client


async def count_slow_readers(server: Causerie) -> int:
    async with httpx2.AsyncClient(timeout=60) as http:
        text = (await http.get(server.url + "/metrics")).text
    (line,) = (x for x in text.splitlines() if x.startswith("chat_server_slow_readers_total "))
    return int(float(line.split()[1]))


class Scene:
    """A sender, readers, and one that is deaf for a while."""

    def __init__(
        self,
        server: Causerie,
        room: Room,
        *,
        readers: int = READERS,
        messages: int = MESSAGES,
        content: str = CONTENT,
    ) -> None:
        self.server = server
        self.room = room
        self.sender = Sender(
            server,
            room.members[0],
            room,
            window=WINDOW,
            total=WARM_UP_MESSAGES + messages,
            content=content,
            pause_seconds=0,
        )
        self.readers = [Reader(server, user, room) for user in room.members[2 : 2 + readers]]
        self.deaf = room.members[1]

    async def run(self, *, patience: float) -> Outcome:
        slow_before = await count_slow_readers(self.server)
        async with running([self.sender, *self.readers]):
            await self._warm_up()
            with deaf_reader(self.server, self.deaf):
                before = self.server.resident_bytes()
                self.sender.is_resting = False
                watching = asyncio.create_task(self._watch_closing(slow_before, patience))
                most = await self._send_all(before)
                closed_after = await watching
            history = await settle(
                self.server, self.room, [self.sender], self.readers, seconds=patience * 4
            )
        slow = await count_slow_readers(self.server) - slow_before
        deaf = Reader(self.server, self.deaf, self.room)
        return Outcome(
            faults=faults(history, [self.sender], self.readers),
            grown_bytes=most - before,
            closed_after_seconds=closed_after,
            slow_readers=slow,
            deaf_faults=await self._come_back(deaf, history),
            was_reset=any(answer["reset"] for answer in deaf.resumed),
        )

    async def _warm_up(self) -> None:
        self.sender.is_resting = True
        assert await until(lambda: all(r.is_in.is_set() for r in self.readers), seconds=60)
        self.sender.is_resting = False
        await until(lambda: len(self.sender.acknowledged) >= WARM_UP_MESSAGES, seconds=60)
        self.sender.is_resting = True
        assert await until(lambda: self.sender.is_idle, seconds=60)

    async def _send_all(self, before: int) -> int:
        most = before
        while not self.sender.is_done:
            most = max(most, self.server.resident_bytes())
            await asyncio.sleep(0.1)
        return most

    async def _watch_closing(self, slow_before: int, patience: float) -> float | None:
        pids = (os.getpid(), self.server.pid, self.server.postgres().pid)
        # Not their time: what the machine gave to others.
        began = time.monotonic() - starved_seconds(*pids)
        while await count_slow_readers(self.server) == slow_before:
            if time.monotonic() - starved_seconds(*pids) - began > patience:
                return None
            await asyncio.sleep(0.1)
        return time.monotonic() - starved_seconds(*pids) - began

    async def _come_back(self, deaf: Reader, history: Sequence[Message]) -> set[str]:
        async with running([deaf]):
            last = history[-1]["seq"]
            await until(lambda: deaf.last_seq >= last, seconds=COME_BACK_SECONDS)
        return faults(history, [], [deaf])


async def test_who_does_not_read_is_let_go_harms_nobody_and_comes_back_complete(
    lasting_server: Causerie, users: Sequence[int]
) -> None:
    room = await make_room(lasting_server, users[: READERS + 2])
    outcome = await Scene(lasting_server, room).run(patience=CLOSED_WITHIN_SECONDS)

    assert outcome.faults == set()
    assert outcome.grown_bytes < MAX_GROWTH_BYTES
    assert outcome.closed_after_seconds is not None
    assert outcome.closed_after_seconds < CLOSED_WITHIN_SECONDS
    assert outcome.slow_readers == 1
    assert outcome.was_reset
    assert outcome.deaf_faults == set()


async def test_control_a_server_that_keeps_everything_for_slow_readers_is_seen(
    start_server: StartServer, users: Sequence[int]
) -> None:
    with start_server("keeps_slow_readers") as server:
        room = await make_room(server, users[:3])
        scene = Scene(server, room, readers=1, messages=CONTROL_MESSAGES, content=CONTROL_CONTENT)
        outcome = await scene.run(patience=1.0)

    assert outcome.grown_bytes > MAX_GROWTH_BYTES
    assert outcome.closed_after_seconds is None
