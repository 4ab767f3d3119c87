"""Load that keeps account of itself: senders who resend, readers who resume, and what is wrong."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from typing_extensions import override
from websockets.exceptions import WebSocketException

from tests.clients import Client, Http, Refused, token_for
from tests.processes import Causerie

COME_BACK_SECONDS = 0.05
REFUSED_PAUSE_SECONDS = 0.05

Message = dict[str, Any]


class Room(msgspec.Struct, frozen=True):
    """A room and the ids of its members, the owner first."""

    id: str
    members: tuple[int, ...]


_names = itertools.count(1)


async def make_room(server: Causerie, members: Sequence[int]) -> Room:
    """Make a room of these users."""
    http = Http(server, token_for(members[0]))
    async with http.session:
        body = {"kind": "room", "name": f"room-{next(_names)}", "members": list(members[1:])}
        made = await http.call("POST", "/api/v2/conversations", body)
    return Room(made["id"], tuple(members))


async def read_history(server: Causerie, room: Room, *, after: int = 0) -> list[Message]:
    """Read all of a room from the database."""
    items: list[Message] = []
    http = Http(server, token_for(room.members[0]))
    async with http.session:
        while True:
            path = f"/api/v2/conversations/{room.id}/messages?after={after}&limit=1000"
            page = await http.call("GET", path)
            items += page["items"]
            if not page["has_more"]:
                return items
            after = items[-1]["seq"]


class _Comer:
    """A user who comes back whenever the socket is gone, until told otherwise."""

    def __init__(self, server: Causerie, user_id: int, room: Room) -> None:
        self.client = Client(server, token_for(user_id))
        self.user_id = user_id
        self.room = room
        self.is_ending = False
        self.may_come = asyncio.Event()
        self.may_come.set()

    async def run(self) -> None:
        while not self.is_ending:
            await self.may_come.wait()
            with suppress(OSError, WebSocketException):
                await self.client.open()
                await self._stay()
            await asyncio.sleep(COME_BACK_SECONDS)
        await self.client.close()

    async def _stay(self) -> None:
        raise NotImplementedError


class Sender(_Comer):
    """Sends numbered messages, ``window`` at a time, and again what was not acknowledged."""

    def __init__(
        self,
        server: Causerie,
        user_id: int,
        room: Room,
        *,
        window: int = 8,
        total: int | None = None,
        content: str = "",
        lines: Sequence[str] = (),
        pause_seconds: float = 0.01,
    ) -> None:
        super().__init__(server, user_id, room)
        self.acknowledged: dict[str, Message] = {}
        self.refused: Counter[str] = Counter()  # by client_id
        self.codes: Counter[str] = Counter()
        self.heard_at: list[float] = []  # the moment of each acknowledgement
        self.is_resting = False  # stays, and begins nothing new
        self._unheard: dict[str, None] = {}  # in the order of the first attempt
        self.window = window
        self._total = total
        self._content = content
        self._lines = lines  # what is said, one after another; none: the number and ``content``
        self._pause_seconds = pause_seconds
        self._count = 0

    @property
    def is_done(self) -> bool:
        """Whether all that was begun is acknowledged and nothing more is to be begun."""
        return self._is_at_end and not self._unheard

    @property
    def is_idle(self) -> bool:
        """Whether all that was begun is acknowledged."""
        return not self._unheard

    @property
    def _may_begin(self) -> bool:
        return not (self._is_at_end or self.is_resting)

    @property
    def _is_at_end(self) -> bool:
        return self.is_ending or (self._total is not None and self._count >= self._total)

    @override
    async def run(self) -> None:
        while not self.is_done:
            with suppress(OSError, WebSocketException):
                await self.client.open()
                await self._stay()
                break
            await asyncio.sleep(COME_BACK_SECONDS)
        await self.client.close()

    @override
    async def _stay(self) -> None:
        flight: deque[tuple[str, asyncio.Future[Message]]] = deque()
        again = deque(self._unheard)
        paused_at = 0.0
        while not self.is_done:
            while len(flight) < self.window and (again or self._may_begin):
                client_id = again.popleft() if again else self._next()
                flight.append((client_id, await self._send(client_id)))
            if not flight:
                await asyncio.sleep(COME_BACK_SECONDS)
                continue
            client_id, answer = flight.popleft()
            try:
                await answer
            except Refused:
                again.append(client_id)
                if time.monotonic() > paused_at + REFUSED_PAUSE_SECONDS:  # Once for a whole window.
                    await asyncio.sleep(REFUSED_PAUSE_SECONDS)
                    paused_at = time.monotonic()
            await asyncio.sleep(self._pause_seconds)

    def _next(self) -> str:
        self._count += 1
        client_id = f"{self.room.id}.{self.user_id}.{self._count}"
        self._unheard[client_id] = None
        return client_id

    async def _send(self, client_id: str) -> asyncio.Future[Message]:
        answer = await self.client.start(
            "send_message",
            conversation_id=self.room.id,
            content=self._text_of(client_id),
            client_id=client_id,
        )
        answer.add_done_callback(lambda done: self._hear(client_id, done))
        return answer

    def _text_of(self, client_id: str) -> str:
        if not self._lines:
            return f"{client_id} {self._content}"
        number = int(client_id.rpartition(".")[2])
        return self._lines[(number - 1) % len(self._lines)]

    def _hear(self, client_id: str, answer: asyncio.Future[Message]) -> None:
        if answer.cancelled():
            return
        error = answer.exception()
        if error is None:
            self.heard_at.append(time.monotonic())
            self.acknowledged[client_id] = answer.result()
            self._unheard.pop(client_id, None)
        elif isinstance(error, Refused):
            self.refused[client_id] += 1
            self.codes[error.code] += 1


class Reader(_Comer):
    """Reads a room, and comes back to where it was: by ``subscribe``, or after a reset by history."""

    def __init__(self, server: Causerie, user_id: int, room: Room) -> None:
        super().__init__(server, user_id, room)
        self.resumed: list[dict[str, Any]] = []  # what each subscribe answered
        self.is_in = asyncio.Event()

    @override
    async def _stay(self) -> None:
        await self.resume()
        self.is_in.set()
        try:
            await self.client.gone()
        finally:
            self.is_in.clear()

    async def resume(self) -> None:
        """Take up from what was seen last."""
        room, client = self.room.id, self.client
        held = client.held(room)
        answer = (await client.resume(room))[room]
        self.resumed.append(answer)
        if answer["reset"]:
            missed = await read_history(client.server, self.room, after=held)
            missed = [message for message in missed if message["seq"] <= answer["last_seq"]]
            seen = client.seen.setdefault(room, [])
            place = sum(message["seq"] <= held for message in seen)
            seen[place:place] = missed

    @property
    def last_seq(self) -> int:
        """The newest message that it has."""
        return self.client.last_seq(self.room.id)


async def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Wait for a condition; says whether it came true in time."""
    ends_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends_at:
            return False
        await asyncio.sleep(0.01)
    return True


async def settle(
    server: Causerie,
    room: Room,
    senders: Sequence[Sender],
    readers: Sequence[Reader],
    *,
    seconds: float,
) -> list[Message]:
    """Begin nothing new, wait until all is heard of and read; gives the room's history."""
    for sender in senders:
        sender.is_ending = True
    ends_at = time.monotonic() + seconds
    await until(lambda: all(sender.is_done for sender in senders), seconds=seconds)
    history = await read_history(server, room)
    last = history[-1]["seq"] if history else 0
    await until(
        lambda: all(reader.last_seq >= last for reader in readers),
        seconds=ends_at - time.monotonic(),
    )
    return history


@asynccontextmanager
async def running(comers: Iterable[Sender | Reader]) -> AsyncIterator[None]:
    """Have them come, and go in the end."""
    comers = list(comers)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(comer.run()) for comer in comers]
        try:
            yield
        finally:
            for comer in comers:
                comer.is_ending = True
            for comer in comers:
                if isinstance(comer, Reader):
                    await comer.client.close()
            for task in tasks:
                if not task.done():
                    task.cancel()
