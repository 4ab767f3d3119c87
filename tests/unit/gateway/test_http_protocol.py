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
from causerie.gateway.http_protocol import HttpProtocol

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


def at_once(url: bytes, _scope: Any, _headers: Any) -> bytes | None:
    return b"at once" if url == b"/quick" else None


@pytest.fixture
async def line() -> Line:
    return Line()


@pytest.fixture
def protocol(line: Line, event_loop_of_test: asyncio.AbstractEventLoop) -> HttpProtocol:
    config = Config(cast(Any, application), ws="none", lifespan="off", log_config=None)
    made = HttpProtocol(
        config,
        ServerState(),
        cast(Entrance, Open()),
        at_once=at_once,
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
    async with asyncio.timeout(5):
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
