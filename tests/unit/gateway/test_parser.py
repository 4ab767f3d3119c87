"""Parsers go from socket to socket: what one has sent is nothing to the next."""

from __future__ import annotations

from causerie.gateway.framing import CLOSE, TEXT
from causerie.gateway.parser import (
    MAX_FREE_PARSERS,
    READ_BUFFER_BYTES,
    Desk,
    Frame,
    Parser,
    Violation,
)
from tests.e2e.conformance.raw_client import frame

MAX_MESSAGE_BYTES = 65_536


class Hearer:
    """Keeps the payloads of the frames that it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def on_frame(self, frame: Frame) -> None:
        self.heard.append(frame.get_payload_as_bytes())


def put(room: memoryview, received: bytes) -> int:
    room[: len(received)] = received
    return len(received)


def read(desk: Desk, received: bytes, hearer: Hearer) -> tuple[Parser, Violation | None]:
    size = put(desk.offer(), received)
    parser = desk.take()
    return parser, parser.read(size, hearer)


async def test_one_parser_serves_socket_after_socket() -> None:
    desk = Desk(MAX_MESSAGE_BYTES)
    ada, bob = Hearer(), Hearer()

    first, _ = read(desk, frame(TEXT, b"from ada") + frame(TEXT, b"and again"), ada)
    desk.give_back(first)
    second, _ = read(desk, frame(TEXT, b"from bob"), bob)

    assert second is first
    assert first.is_between_frames
    assert ada.heard == [b"from ada", b"and again"]
    assert bob.heard == [b"from bob"]


async def test_a_half_frame_keeps_its_parser_and_others_get_another() -> None:
    desk = Desk(MAX_MESSAGE_BYTES)
    ada, bob = Hearer(), Hearer()
    whole = frame(TEXT, b"in two reads")

    kept, _ = read(desk, frame(TEXT, b"one") + whole[:5], ada)
    other, _ = read(desk, frame(TEXT, b"between"), bob)
    was_between = kept.is_between_frames
    kept.read(put(kept.get_buffer(-1), whole[5:]), ada)

    assert other is not kept
    assert not was_between
    assert kept.is_between_frames
    assert ada.heard == [b"one", b"in two reads"]
    assert bob.heard == [b"between"]


async def test_a_read_that_brought_nothing_takes_no_parser() -> None:
    desk = Desk(MAX_MESSAGE_BYTES)
    ada = Hearer()

    desk.offer()
    desk.offer()
    read(desk, frame(TEXT, b"hello"), ada)

    assert ada.heard == [b"hello"]


async def test_what_is_unlawful_is_told_after_what_came_before_it() -> None:
    ada = Hearer()

    _, violation = read(Desk(MAX_MESSAGE_BYTES), frame(TEXT, b"good") + frame(3), ada)

    assert ada.heard == [b"good"]
    assert violation is not None
    assert violation.close_code == 1002


async def test_a_close_frame_is_a_frame_like_others() -> None:
    ada = Hearer()

    _, violation = read(Desk(MAX_MESSAGE_BYTES), frame(CLOSE, b"\x03\xe8bye"), ada)

    assert violation is None
    assert ada.heard == [b"\x03\xe8bye"]


async def test_a_buffer_that_a_large_frame_has_made_large_goes_with_it() -> None:
    desk = Desk(MAX_MESSAGE_BYTES)
    ada = Hearer()
    left = memoryview(frame(TEXT, b"x" * 60_000))

    size = put(desk.offer(), bytes(left[:4000]))
    parser, left = desk.take(), left[4000:]
    parser.read(size, ada)
    while left:
        room = parser.get_buffer(-1)
        taken = min(len(room), len(left))
        parser.read(put(room, bytes(left[:taken])), ada)
        left = left[taken:]
    desk.give_back(parser)

    assert ada.heard == [b"x" * 60_000]
    assert parser.has_grown
    assert len(desk.offer()) < READ_BUFFER_BYTES
    assert desk.take() is not parser


async def test_a_desk_keeps_few_parsers() -> None:
    desk = Desk(MAX_MESSAGE_BYTES)
    lent = [read(desk, frame(TEXT, b"hello"), Hearer())[0] for _ in range(MAX_FREE_PARSERS + 5)]

    for parser in lent:
        desk.give_back(parser)
    again = [read(desk, frame(TEXT, b"hello"), Hearer())[0] for _ in lent]

    assert sum(parser in lent for parser in again) == MAX_FREE_PARSERS
