"""A whole answer is one write; what is not simple goes the server's own way."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

import pytest
from typing_extensions import override
from uvicorn.protocols.http.flow_control import FlowControl

from causerie.gateway.answering import WholeAnswers

Headers = list[tuple[bytes, bytes]]


class Written(asyncio.Transport):
    """A transport that remembers its writes."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.is_closed = False

    @override
    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    @override
    def close(self) -> None:
        self.is_closed = True

    @override
    def is_closing(self) -> bool:
        return self.is_closed


def a_cycle(method: str = "GET", *, keep_alive: bool = True) -> tuple[WholeAnswers, Written]:
    transport = Written()
    cycle = WholeAnswers(
        scope=cast(Any, {"type": "http", "method": method}),
        transport=transport,
        flow=FlowControl(transport),
        logger=logging.getLogger("test"),
        access_logger=logging.getLogger("test"),
        access_log=False,
        default_headers=[(b"date", b"today")],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=lambda: None,
    )
    return cycle, transport


async def answer(cycle: WholeAnswers, *bodies: bytes, headers: Headers) -> None:
    await cycle.send(
        {"type": "http.response.start", "status": 200, "headers": headers, "trailers": False}
    )
    for number, body in enumerate(bodies, 1):
        await cycle.send(
            {"type": "http.response.body", "body": body, "more_body": number < len(bodies)}
        )


async def test_head_and_body_are_one_write() -> None:
    cycle, transport = a_cycle()
    await answer(cycle, b"hello", headers=[(b"content-length", b"5"), (b"x-a", b"b")])

    assert transport.writes == [
        b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 5\r\nx-a: b\r\n\r\nhello"
    ]
    assert cycle.response_complete
    assert not transport.is_closed


@pytest.mark.parametrize("bodies", [(b"hello",), (b"he", b"llo")], ids=["whole", "in pieces"])
async def test_who_has_gone_is_not_written_to(bodies: tuple[bytes, ...]) -> None:
    cycle, transport = a_cycle()
    transport.close()
    await answer(cycle, *bodies, headers=[(b"content-length", b"5")])

    assert transport.writes == []


async def test_a_connection_that_is_not_kept_says_so_and_closes() -> None:
    cycle, transport = a_cycle(keep_alive=False)
    await answer(cycle, b"", headers=[(b"content-length", b"0")])

    assert transport.writes[0].endswith(b"connection: close\r\n\r\n")
    assert transport.is_closed


@pytest.mark.parametrize(
    ("method", "bodies", "headers"),
    [
        ("GET", [b"a", b"b"], [(b"content-length", b"2")]),
        ("GET", [b"a"], []),
        ("GET", [b"ab"], [(b"transfer-encoding", b"chunked")]),
        ("HEAD", [b""], [(b"content-length", b"70")]),
        ("GET", [b"a"], [(b"content-length", b"1"), (b"connection", b"close")]),
    ],
)
async def test_what_is_not_simple_is_answered_as_uvicorn_does(
    method: str, bodies: list[bytes], headers: Headers
) -> None:
    ours, our_transport = a_cycle(method)
    theirs, their_transport = a_cycle(method)
    theirs.__class__ = cast(Any, WholeAnswers.__base__)
    await answer(ours, *bodies, headers=headers)
    await answer(theirs, *bodies, headers=headers)

    assert b"".join(our_transport.writes) == b"".join(their_transport.writes)
    assert ours.response_complete
    assert our_transport.is_closed == their_transport.is_closed


@pytest.mark.parametrize(
    "header",
    [
        (b"x-name", b"a\r\nx-other: b"),
        (b"x-name", b"a\nb"),
        (b"x-name", b"a\rb"),
        (b"x-name", b"a\0b"),
        (b"x-name", b"\x1b[31m"),
        (b"x name", b"a"),
        (b"x-name: a\r\nx-other", b"b"),
    ],
)
async def test_a_header_that_would_smuggle_another_is_never_written(
    header: tuple[bytes, bytes],
) -> None:
    cycle, transport = a_cycle()
    with pytest.raises(RuntimeError):
        await answer(cycle, b"hello", headers=[(b"content-length", b"5"), header])

    assert transport.writes == []


async def test_a_body_of_another_length_than_announced_is_refused() -> None:
    cycle, _ = a_cycle()

    with pytest.raises(RuntimeError):
        await answer(cycle, b"hello", headers=[(b"content-length", b"6")])


async def test_an_application_that_fails_after_its_head_is_still_answered_for() -> None:
    cycle, transport = a_cycle()

    async def app(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError

    await cycle.run_asgi(cast(Any, app))

    assert transport.writes[0].startswith(b"HTTP/1.1 500 ")
