"""A request that is answered at once leaves its connection as one that was answered by and by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.server import ServerState

from causerie.gateway.entrance import Entrance
from causerie.gateway.http_protocol import MAX_SAME_BYTES, HttpProtocol

QUICK = b"GET /quick HTTP/1.1\r\nHost: a\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"


class Line(asyncio.Transport):
    """A connection whose far end only listens."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_closed = False

    @override
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)}.get(name, default)

    @override
    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    @override
    def is_closing(self) -> bool:
        return self.is_closed

    @override
    def close(self) -> None:
        self.is_closed = True

    @override
    def pause_reading(self) -> None:
        """Go on all the same."""

    @override
    def resume_reading(self) -> None:
        """Go on."""


class Open:
    """An entrance that nobody uses."""

    is_closed = False


async def application(scope: Any, receive: Any, send: Any) -> None:
    body = scope["method"].encode() + b" " + scope["path"].encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class Memory:
    """Knows the answer to one thing, and how often it was read and asked."""

    def __init__(self) -> None:
        self.reads = 0
        self.answer: bytes | None = b"at once"

    def read(self, url: bytes, _scope: Any) -> Callable[[Any], bytes | None] | None:
        self.reads += 1
        return (lambda _headers: self.answer) if url == b"/quick" else None


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
async def line() -> Line:
    return Line()


@pytest.fixture
def protocol(
    line: Line, memory: Memory, event_loop_of_test: asyncio.AbstractEventLoop
) -> HttpProtocol:
    config = Config(cast(Any, application), ws="none", lifespan="off", log_config=None)
    made = HttpProtocol(
        config,
        ServerState(),
        cast(Entrance, Open()),
        at_once=memory.read,
        accepted_at=event_loop_of_test.time(),
        on_arrival=lambda: None,
        connection_timeout=10.0,
    )
    made.connection_made(line)
    return made


@pytest.fixture
async def event_loop_of_test() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


async def answers(line: Line, count: int) -> list[bytes]:
    async with asyncio.timeout(60):
        while len(line.written) < count:
            await asyncio.sleep(0)
    return line.written


async def test_it_is_answered_within_the_read(protocol: HttpProtocol, line: Line) -> None:
    protocol.data_received(QUICK)

    assert line.written == [b"at once"]
    assert not protocol.tasks


@pytest.mark.parametrize(
    "reads",
    [
        pytest.param([QUICK + SLOW + QUICK], id="together"),
        pytest.param([QUICK[:9], QUICK[9:] + SLOW[:7], SLOW[7:], QUICK], id="in pieces"),
    ],
)
async def test_answers_come_in_the_order_of_the_requests(
    protocol: HttpProtocol, line: Line, reads: list[bytes]
) -> None:
    for read in reads:
        protocol.data_received(read)
    written = await answers(line, 3)

    assert written[0] == b"at once"
    assert written[1].endswith(b"GET /slow")
    # Behind another one it goes the application's way, or waits until that has answered.
    assert written[2] == b"at once" or written[2].endswith(b"GET /quick")


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(QUICK.replace(b"GET", b"HEAD"), id="another method"),
        pytest.param(QUICK.replace(b"1.1", b"1.0"), id="HTTP/1.0"),
        pytest.param(QUICK.replace(b"Host: a", b"Host: a\r\nConnection: close"), id="the last one"),
        pytest.param(
            QUICK.replace(b"Host: a", b"Host: a\r\nContent-Length: 2") + b"hi", id="a body"
        ),
        pytest.param(
            QUICK.replace(b"Host: a", b"Host: a\r\nTransfer-Encoding: chunked") + b"0\r\n\r\n",
            id="chunks",
        ),
    ],
)
async def test_what_is_not_plain_goes_to_the_application(
    protocol: HttpProtocol, line: Line, request_: bytes
) -> None:
    protocol.data_received(request_)

    assert b"at once" not in b"".join(await answers(line, 1))


async def test_who_does_not_take_answers_is_not_written_to_at_once(
    protocol: HttpProtocol, line: Line
) -> None:
    protocol.pause_writing()
    protocol.data_received(QUICK)
    assert line.written == []

    protocol.resume_writing()

    assert (await answers(line, 1))[0].endswith(b"GET /quick")


@pytest.mark.parametrize("request_", [QUICK, SLOW])
async def test_a_kept_connection_ends_when_nothing_more_comes(
    protocol: HttpProtocol, line: Line, request_: bytes
) -> None:
    protocol.data_received(request_)
    await answers(line, 1)
    waiting = protocol.timeout_keep_alive_task
    assert waiting is not None
    fire: Callable[[], None] = protocol.timeout_keep_alive_handler

    fire()

    assert line.is_closed


async def test_no_answer_waits_under_the_clock_of_an_idle_connection(
    protocol: HttpProtocol, line: Line
) -> None:
    protocol.data_received(QUICK + SLOW)

    assert protocol.timeout_keep_alive_task is None
    await answers(line, 2)


async def test_a_shutdown_ends_a_connection_that_was_answered_at_once(
    protocol: HttpProtocol, line: Line
) -> None:
    protocol.data_received(QUICK)

    protocol.shutdown()

    assert line.is_closed


async def test_the_same_again_is_answered_without_reading_it_anew(
    protocol: HttpProtocol, line: Line, memory: Memory
) -> None:
    for _ in range(3):
        protocol.data_received(QUICK)

    assert line.written == [b"at once"] * 3
    assert memory.reads == 1
    assert protocol.server_state.total_requests == 3


async def test_what_memory_has_forgotten_goes_to_the_application(
    protocol: HttpProtocol, line: Line, memory: Memory
) -> None:
    protocol.data_received(QUICK)
    memory.answer = None
    protocol.data_received(QUICK)
    gone = (await answers(line, 2))[1]
    memory.answer = b"known again"
    protocol.data_received(QUICK)

    assert gone.endswith(b"GET /quick")
    assert (await answers(line, 3))[2] == b"known again"


@pytest.mark.parametrize("is_alone", [True, False])
async def test_a_body_that_looks_like_the_same_again_is_a_body(
    protocol: HttpProtocol, line: Line, *, is_alone: bool
) -> None:
    protocol.data_received(QUICK)
    head = b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(QUICK)
    for read in (head, QUICK) if is_alone else (head + QUICK[:5], QUICK[5:]):
        protocol.data_received(read)
    written = await answers(line, 2)
    protocol.data_received(QUICK)

    assert written[1].endswith(b"POST /slow")
    assert (await answers(line, 3))[2] == b"at once"


async def test_a_header_that_looks_like_the_same_again_is_a_header(
    protocol: HttpProtocol, line: Line
) -> None:
    protocol.data_received(QUICK)
    for read in (b"GET /slow HTTP/1.1\r\nX: ", QUICK):
        protocol.data_received(read)

    assert b"at once" not in (await answers(line, 2))[1]


async def test_the_same_again_waits_for_its_turn(protocol: HttpProtocol, line: Line) -> None:
    for read in (QUICK, SLOW, QUICK):
        protocol.data_received(read)
    written = await answers(line, 3)

    assert written[0] == b"at once"
    assert written[1].endswith(b"GET /slow")
    assert written[2].endswith(b"GET /quick")


@pytest.mark.parametrize("more", [0, 1])
async def test_long_requests_are_not_kept(
    protocol: HttpProtocol, memory: Memory, more: int
) -> None:
    padding = b"x" * (MAX_SAME_BYTES - len(QUICK) - len(b"X: \r\n") + more)
    long = QUICK.replace(b"Host: a", b"Host: a\r\nX: " + padding)
    for _ in range(2):
        protocol.data_received(long)

    assert memory.reads == 1 + more


async def test_the_clock_of_an_idle_connection_runs_from_the_latest_answer(
    protocol: HttpProtocol, line: Line
) -> None:
    protocol.data_received(QUICK)
    first = protocol.timeout_keep_alive_task
    protocol.data_received(QUICK)

    protocol.timeout_keep_alive_handler()

    assert not line.is_closed
    assert protocol.timeout_keep_alive_task is not first
    assert protocol.leave_if_idle()
