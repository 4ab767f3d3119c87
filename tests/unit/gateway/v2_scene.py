"""One socket that speaks v2 with a few commands of no slice, for tests of the envelope."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from typing_extensions import override

from causerie.foundation.errors import RateLimited
from causerie.foundation.identity import MAX_ID, Principal, UserId
from causerie.foundation.realtime import Tick
from causerie.gateway.crew import Crew
from causerie.gateway.router import Reply, Router
from causerie.gateway.session import Books, Session, Work
from causerie.gateway.v2 import V2, Greeting
from tests.fakes.sockets import FakeSocket

PRINCIPAL = Principal(UserId(5), "mia", "user", "sid", "jti", frozenset())
HELLO = b'{"type":"hello","data":{}}'
HELD = b'{"type":"held","data":{}}'


class Say(msgspec.Struct, frozen=True):
    """A command like those of the slices: bounded numbers, free text, a map."""

    text: str = ""
    number: Annotated[int, msgspec.Meta(ge=0, le=MAX_ID)] = 0
    since: dict[str, int] = {}


class FakeGreeting(Greeting):
    """Says hello; what is held is one frame."""

    def __init__(self) -> None:
        self.releases = 0

    @override
    async def greet(self, session: Session) -> None:
        session.is_greeted = True
        session.say(HELLO)

    @override
    def release(self, session: Session) -> None:
        self.releases += 1
        session.say(HELD)


class OpenBooks(Books):
    @override
    def entered(self, session: Session) -> bool:
        return True

    @override
    def acted(self, session: Session) -> None:
        """Take no note."""

    @override
    def left(self, session: Session, code: int, *, was_open: bool) -> None:
        pass


class Scene:
    """A session behind a socket; ``start`` greets it."""

    def __init__(self, dialect: type[V2] = V2) -> None:
        self.greeting = FakeGreeting()
        self.gate = asyncio.Event()
        self.said: list[Say] = []
        router = Router()
        router.register("say", Say, self._say)
        router.register("ask", Say, self._ask, is_asking=True)
        router.register("subscribe", Say, self._slowly, is_asking=True)
        router.register("slow", Say, self._slowly)
        router.register("limit", Say, self._limit)
        router.register("crash", Say, self._crash)
        router.register("crash_slowly", Say, self._crash_slowly)
        self.v2 = dialect(router, self.greeting, max_message_bytes=1000)
        self.crew = Crew()
        self.session = Session(
            connection_id="c1",
            principal=PRINCIPAL,
            tongue=self.v2,
            tick=Tick(asyncio.get_running_loop()),
            crew=self.crew,
            books=OpenBooks(),
        )
        self.socket = FakeSocket(self.session)
        self._crew_task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Without a greeting."""
        self.session._peer = self.socket
        self.session.is_greeted = True

    async def start(self) -> None:
        """Open, and hear hello."""
        self._crew_task = asyncio.create_task(self.crew.run())
        await asyncio.sleep(0)
        self.socket.open()
        await self.turns()

    async def stop(self) -> None:
        if self._crew_task is not None:
            self._crew_task.cancel()
            await asyncio.wait({self._crew_task})

    async def turns(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    # --- commands --------------------------------------------------------------------------------

    def _say(self, session: Session, command: Say, reply: Reply) -> None:
        self.said.append(command)
        reply.ack()

    def _ask(self, session: Session, command: Say, reply: Reply) -> None:
        reply.ack(msgspec.json.encode(command))

    def _slowly(self, session: Session, command: Say, reply: Reply) -> Work:
        return self._ack_slowly(reply)

    async def _ack_slowly(self, reply: Reply) -> None:
        await self.gate.wait()
        reply.ack()

    def _limit(self, session: Session, command: Say, reply: Reply) -> None:
        raise RateLimited("Too many", retry_after=3)

    def _crash(self, session: Session, command: Say, reply: Reply) -> None:
        raise RuntimeError("secret")

    async def _crash_slowly(self, session: Session, command: Say, reply: Reply) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("secret")


def frames(socket: FakeSocket) -> list[Any]:
    """What the socket heard, decoded."""
    return [msgspec.json.decode(payload) for payload in payloads(socket.heard)]


def payloads(framed: bytes) -> Iterator[bytes]:
    """Take what a server has sent apart."""
    while framed:
        length, at = framed[1], 2
        if length == 126:
            length, at = int.from_bytes(framed[2:4], "big"), 4
        elif length == 127:
            length, at = int.from_bytes(framed[2:10], "big"), 10
        yield framed[at : at + length]
        framed = framed[at + length :]
