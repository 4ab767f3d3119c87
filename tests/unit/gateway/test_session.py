"""A session takes commands in order, joins what goes out, and lets go of whom does not read."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from causerie.foundation.identity import Principal, UserId
from causerie.foundation.realtime import Tick
from causerie.gateway import session as session_module
from causerie.gateway.crew import Crew
from causerie.gateway.deflate import WIDE, Deflation
from causerie.gateway.framing import text_frame
from causerie.gateway.session import (
    EASY_UNSENT_BYTES,
    MAX_IN_FLIGHT,
    MAX_INBOX_COMMANDS,
    MAX_UNSENT_BYTES,
    Books,
    Dialect,
    Session,
    Work,
)
from tests.fakes.sockets import FakeSocket

PRINCIPAL = Principal(UserId(5), "mia", "user", "sid", "jti", frozenset())
BINARY = b"\x00"


class Tongue(Dialect):
    """Does what it is told: ``slow`` commands wait for the gate, others are done at once."""

    def __init__(self) -> None:
        self.done: list[bytes] = []
        self.gate = asyncio.Event()
        self.greeting: asyncio.Event | None = None

    @property
    @override
    def name(self) -> str:
        return "fake"

    @property
    @override
    def max_message_bytes(self) -> int:
        return 100

    @override
    def opened(self, session: Session) -> Work | None:
        if self.greeting is None:
            session.is_greeted = True
            return None
        return self._greet(session, self.greeting)

    async def _greet(self, session: Session, told: asyncio.Event) -> None:
        await told.wait()
        session.is_greeted = True
        session.push(b"hello,")

    @override
    def received(self, session: Session, payload: bytes) -> Work | None:
        if payload.startswith(b"slow"):
            return self._slowly(payload)
        if payload == b"crash":
            return self._crash()
        self.done.append(payload)
        return None

    @override
    def received_binary(self, session: Session, payload: bytes) -> Work | None:
        return self.received(session, BINARY + payload)

    async def _slowly(self, payload: bytes) -> None:
        await self.gate.wait()
        self.done.append(payload)

    async def _crash(self) -> None:
        await self.gate.wait()
        raise RuntimeError("a bug")


class FakeBooks(Books):
    def __init__(self) -> None:
        self.may_stay = True
        self.lines: list[tuple[int, bool]] = []

    @override
    def entered(self, session: Session) -> bool:
        return self.may_stay

    @override
    def acted(self, session: Session) -> None:
        """Take no note."""

    @override
    def left(self, session: Session, code: int, *, was_open: bool) -> None:
        self.lines.append((code, was_open))


class Scene:
    def __init__(self, *, deflation: Deflation | None = None) -> None:
        self.tongue = Tongue()
        self.books = FakeBooks()
        self.crew = Crew()
        self.tick = Tick(asyncio.get_running_loop())
        self.session = Session(
            connection_id="c1",
            principal=PRINCIPAL,
            tongue=self.tongue,
            tick=self.tick,
            crew=self.crew,
            books=self.books,
        )
        self.socket = FakeSocket(self.session, deflation=deflation)

    def open(self) -> FakeSocket:
        self.socket.open()
        return self.socket

    @staticmethod
    async def turns() -> None:
        """Let everybody who is ready go on."""
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    crew = asyncio.create_task(scene.crew.run())
    await asyncio.sleep(0)
    yield scene
    crew.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await crew


# --- what goes out ------------------------------------------------------------------------------------


async def test_what_one_turn_pushes_is_one_write_in_order(scene: Scene) -> None:
    socket = scene.open()
    for framed in (b"a", b"", b"b", b"c"):
        scene.session.push(framed)
    await scene.turns()
    scene.session.push(b"d")
    await scene.turns()

    assert socket.writes == [b"abc", b"d"]


async def test_what_is_said_is_framed_as_text(scene: Scene) -> None:
    socket = scene.open()
    scene.session.say(b"x" * 2000)
    await scene.turns()

    assert socket.writes == [text_frame(b"x" * 2000)]
    assert scene.session.dialect == "fake"


async def test_what_is_said_is_compressed_for_who_agreed_to_it() -> None:
    scene = Scene(deflation=WIDE)
    socket = scene.open()
    scene.session.say(b"x" * 2000)
    scene.session.say(b"short")
    await scene.turns()

    assert socket.writes == [WIDE(text_frame(b"x" * 2000)) + text_frame(b"short")]
    assert scene.session.dialect == "fake+deflate"


async def test_the_encoding_of_a_session_outlives_its_peer() -> None:
    scene = Scene(deflation=WIDE)
    scene.open().go()

    # The hub finds by it what it has to take the session off.
    assert scene.session.dialect == "fake+deflate"


async def test_nothing_to_say_is_not_written(scene: Scene) -> None:
    socket = scene.open()
    scene.session.push(b"")
    await scene.turns()

    assert socket.writes == []


async def test_what_comes_before_the_greeting_goes_nowhere_and_makes_it_stale(
    scene: Scene,
) -> None:
    scene.tongue.greeting = asyncio.Event()
    socket = scene.open()
    before = scene.session.is_stale
    scene.session.push(b"early")
    await scene.turns()
    scene.tongue.greeting.set()
    await scene.turns()

    assert not before
    assert scene.session.is_stale
    assert socket.heard == b"hello,"


async def test_one_session_that_cannot_be_written_to_harms_no_other(scene: Scene) -> None:
    class Broken:
        def flush(self) -> None:
            raise RuntimeError("a bug")

    socket = scene.open()
    scene.tick.touch(Broken())
    scene.session.push(b"a")
    await scene.turns()

    assert socket.writes == [b"a"]


# --- slow readers -------------------------------------------------------------------------------------


async def test_a_reader_is_let_go_for_what_it_left_unread_before(scene: Scene) -> None:
    socket = scene.open()
    socket.unsent = MAX_UNSENT_BYTES + 1
    scene.session.push(b"a")
    await scene.turns()

    assert socket.close_code == 1013
    assert socket.writes == []


async def test_a_reader_is_not_let_go_for_what_one_turn_brings(scene: Scene) -> None:
    socket = scene.open()
    socket.unsent = MAX_UNSENT_BYTES
    scene.session.push(b"a" * (4 * MAX_UNSENT_BYTES))
    await scene.turns()

    assert socket.close_code is None
    assert len(socket.heard) == 4 * MAX_UNSENT_BYTES


async def test_nothing_is_kept_for_a_reader_that_was_let_go(scene: Scene) -> None:
    socket = scene.open()
    socket.unsent = MAX_UNSENT_BYTES + 1
    scene.session.push(b"a")
    await scene.turns()
    scene.session.push(b"b")

    assert not scene.session.is_open
    assert scene.session._out is None
    assert socket.writes == []


async def test_who_waits_for_a_slow_reader_goes_on_when_it_has_read(scene: Scene) -> None:
    socket = scene.open()
    socket.unsent = EASY_UNSENT_BYTES + 1
    one, other = (asyncio.create_task(scene.session.drained()) for _ in range(2))
    await scene.turns()
    before = one.done(), other.done()
    socket.read_all()
    await scene.turns()

    assert before == (False, False)
    assert (one.result(), other.result()) == (True, True)


async def test_waiting_for_a_reader_writes_what_was_pushed_first(scene: Scene) -> None:
    socket = scene.open()
    scene.session.push(b"a")
    is_there = await scene.session.drained()

    assert is_there
    assert socket.writes == [b"a"]


@pytest.mark.parametrize("how", ["closed", "gone"])
async def test_who_waits_for_a_reader_that_goes_is_told(scene: Scene, how: str) -> None:
    socket = scene.open()
    socket.unsent = EASY_UNSENT_BYTES + 1
    waiting = asyncio.create_task(scene.session.drained())
    await scene.turns()
    if how == "closed":
        scene.session.close(1012, "")
    else:
        socket.go()
    await scene.turns()

    assert waiting.done()
    assert waiting.result() is False


async def test_one_who_waits_for_a_reader_may_be_cancelled(scene: Scene) -> None:
    socket = scene.open()
    socket.unsent = EASY_UNSENT_BYTES + 1
    one, other = (asyncio.create_task(scene.session.drained()) for _ in range(2))
    await scene.turns()
    one.cancel()
    await scene.turns()
    is_other_waiting = not other.done()
    socket.go()
    await scene.turns()

    assert is_other_waiting
    assert other.result() is False
    assert scene.books.lines == [(1006, True)]


# --- commands -----------------------------------------------------------------------------------------


async def test_commands_are_done_in_order_though_one_takes_its_time(scene: Scene) -> None:
    socket = scene.open()
    for text in ("a", "slow b", "c", "slow d", "e"):
        socket.say(text)
    socket.say_binary(b"f")
    await scene.turns()
    before = list(scene.tongue.done)
    scene.tongue.gate.set()
    await scene.turns()

    assert before == [b"a"]
    assert scene.tongue.done == [b"a", b"slow b", b"c", b"slow d", b"e", b"\x00f"]


async def test_commands_wait_for_the_greeting(scene: Scene) -> None:
    scene.tongue.greeting = asyncio.Event()
    socket = scene.open()
    socket.say("a")
    await scene.turns()
    before = list(scene.tongue.done)
    scene.tongue.greeting.set()
    await scene.turns()

    assert before == []
    assert scene.tongue.done == [b"a"]


async def test_reading_pauses_while_too_many_commands_wait(scene: Scene) -> None:
    socket = scene.open()
    socket.say("slow")
    for _ in range(MAX_INBOX_COMMANDS - 1):
        socket.say("a")
    before = socket.is_reading
    socket.say("a")
    at_the_bound = socket.is_reading
    scene.tongue.gate.set()
    await scene.turns()

    assert before
    assert not at_the_bound
    assert socket.is_reading
    assert len(scene.tongue.done) == MAX_INBOX_COMMANDS + 1


async def test_reading_pauses_while_too_many_sends_are_on_their_way(scene: Scene) -> None:
    socket = scene.open()
    for _ in range(MAX_IN_FLIGHT - 1):
        scene.session.began()
    before = socket.is_reading
    scene.session.began()
    at_the_bound = socket.is_reading
    scene.session.ended()

    assert before
    assert not at_the_bound
    assert socket.is_reading


async def test_reading_goes_on_only_when_neither_bound_is_reached(scene: Scene) -> None:
    socket = scene.open()
    for _ in range(MAX_IN_FLIGHT):
        scene.session.began()
    socket.say("slow")
    for _ in range(MAX_INBOX_COMMANDS):
        socket.say("a")
    scene.tongue.gate.set()
    await scene.turns()
    with_sends_on_their_way = socket.is_reading
    scene.session.ended()

    assert not with_sends_on_their_way
    assert socket.is_reading


async def test_a_bug_in_a_command_ends_the_session(scene: Scene) -> None:
    socket = scene.open()
    socket.say("crash")
    socket.say("a")
    scene.tongue.gate.set()
    await scene.turns()

    assert socket.close_code == 1012
    assert scene.tongue.done == []


async def test_a_command_is_not_begun_while_the_server_stops() -> None:
    scene = Scene()  # whose crew does not run
    socket = scene.open()
    socket.say("slow")
    socket.say("a")

    assert socket.close_code == 1012
    assert scene.tongue.done == []


# --- the end ------------------------------------------------------------------------------------------


async def test_a_goodbye_comes_after_what_was_pushed(scene: Scene) -> None:
    socket = scene.open()
    scene.session.push(b"last")
    scene.session.close(4401, "The session is over")
    scene.session.push(b"too late")
    await scene.turns()

    assert socket.writes == [b"last"]
    assert socket.close_code == 4401


async def test_commands_of_a_session_that_is_over_are_not_done(scene: Scene) -> None:
    socket = scene.open()
    socket.say("slow")
    socket.say("send")
    await scene.turns()
    scene.session.close(4401, "The session is over")
    scene.tongue.gate.set()
    await scene.turns()
    scene.session.on_text(b"another")
    await scene.turns()

    assert scene.tongue.done == [b"slow"]


async def test_a_session_is_struck_off_once_and_with_its_code(scene: Scene) -> None:
    socket = scene.open()
    scene.session.close(1012, "")
    scene.session.close(4401, "")
    socket.go()

    assert scene.books.lines == [(1012, True)]


async def test_a_session_whose_peer_vanished_before_the_answer_is_struck_off(scene: Scene) -> None:
    scene.session.on_closed(1006)

    assert scene.books.lines == [(1006, False)]


async def test_a_session_that_may_not_stay_is_not_greeted(scene: Scene) -> None:
    scene.books.may_stay = False
    scene.tongue.greeting = asyncio.Event()
    scene.tongue.greeting.set()
    socket = scene.open()
    await scene.turns()

    assert socket.writes == []


async def test_what_still_runs_for_a_socket_that_is_gone_does_no_harm(scene: Scene) -> None:
    socket = scene.open()
    socket.say("slow")
    socket.say("a")
    scene.session.push(b"x")
    socket.go()
    scene.tongue.gate.set()
    scene.session.push(b"y")
    scene.session.ended()
    scene.session.close(1012, "")
    await scene.turns()

    assert scene.tongue.done == [b"slow"]
    assert socket.writes == []
    assert scene.books.lines == [(1006, True)]


async def test_a_session_has_no_dictionary() -> None:
    # Ten thousand idle ones would each carry it.
    assert not hasattr(Scene().session, "__dict__")
    assert session_module.Session.__slots__
