"""The generator's v2: what it sends, and what it understands."""

from __future__ import annotations

import json

import pytest
from typing_extensions import override

from causerie.assembly.loadtest.wire import V2, Hearer, framed, stamp_of, stamped


class Heard(Hearer):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    @override
    def on_ready(self) -> None:
        self.told.append(("ready",))

    @override
    def on_message(self, room: str, seq: int, content: str, framed: bytes) -> None:
        self.told.append(("message", room, seq, content))

    @override
    def on_ack(self, ref: int) -> None:
        self.told.append(("ack", ref))

    @override
    def on_error(self, ref: int | None, code: str, retry_after: float) -> None:
        self.told.append(("error", ref, code, retry_after))


def hear(frame: object) -> list[tuple[object, ...]]:
    heard = Heard()
    V2().hear(json.dumps(frame).encode(), heard)
    return heard.told


def test_a_send_is_the_protocols() -> None:
    sent = json.loads(V2().encode_send("room_1", 7, "hello"))

    assert sent == {
        "type": "send_message",
        "ref": 7,
        "data": {"conversation_id": "room_1", "content": "hello"},
    }


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ({"type": "hello", "data": {"user": {"id": 1}, "conversations": []}}, [("ready",)]),
        (
            {"type": "message", "data": {"conversation_id": "room_1", "seq": 3, "content": "x"}},
            [("message", "room_1", 3, "x")],
        ),
        ({"type": "ack", "ref": 5, "data": {"seq": 3}}, [("ack", 5)]),
        (
            {"type": "error", "ref": 5, "data": {"code": "rate_limited", "retry_after": 2}},
            [("error", 5, "rate_limited", 2.0)],
        ),
        ({"type": "presence", "data": {"user_id": 3, "status": "away"}}, []),
    ],
)
def test_frames_are_told_apart(frame: object, told: list[tuple[object, ...]]) -> None:
    assert hear(frame) == told


def test_what_is_unreadable_is_an_error() -> None:
    with pytest.raises(ValueError, match="truncated"):
        V2().hear(b"{", Heard())


@pytest.mark.parametrize(
    ("size", "header"),
    [(125, b"\x81\x7d"), (126, b"\x81\x7e\x00\x7e"), (70_000, b"\x81\x7f" + (70_000).to_bytes(8))],
)
def test_frames_have_the_headers_of_rfc_6455(size: int, header: bytes) -> None:
    assert framed(b"x" * size) == header + b"x" * size


def test_content_says_when_it_was_sent_and_has_its_size() -> None:
    content = stamped(123_456, 100)

    assert stamp_of(content) == 123_456
    assert len(content) == 100


def test_content_of_others_has_no_stamp() -> None:
    assert stamp_of("good morning, everybody") == -1
