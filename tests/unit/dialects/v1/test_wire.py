"""Literal frames of v1, in and out."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.conversations import Kind
from causerie.dialects.v1 import wire
from causerie.foundation.errors import Conflict, Invalid, RateLimited, Refusal, Unreadable
from causerie.foundation.identity import ConversationId, MessageId, Seq, UserId
from causerie.messages import Message, MessageType

HELLO = Message(
    id=MessageId(9),
    conversation_id=ConversationId(4),
    kind=Kind.ROOM,
    seq=Seq(2),
    sender_id=UserId(7),
    sender_name="ada",
    message_type=MessageType.TEXT,
    content="hello é",
    client_id=None,
    created_at=datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("frame", "command"),
    [
        (b'{"type":"join_room","room":"lobby"}', wire.JoinRoom("lobby")),
        (b'{"type":"join_room","data":{"room":"lobby"}}', wire.JoinRoom("lobby")),
        (b'{"room":"a","content":"b","type":"room_message"}', wire.RoomMessage("a", "b")),
        (b'{"type":"direct_message","to_user_id":3,"content":"b"}', wire.DirectMessage(3, "b")),
        (b'{"type":"room_history","room":"a"}', wire.RoomHistory("a", 50)),
        (b'{"type":"room_history","room":"a","limit":7}', wire.RoomHistory("a", 7)),
        (b'{"type":"dm_history","with":3,"limit":1000}', wire.DmHistory(3, 1000)),
        (b'{"type":"dm_history","data":{"with":3},"more":true}', wire.DmHistory(3, 50)),
    ],
)
def test_the_five_commands_are_read(frame: bytes, command: wire.Command) -> None:
    assert wire.read_command(frame) == command


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        (b'{"type":"send_message"}', "type"),
        (b"{}", "type"),
        (b'{"type":1}', "type"),
        (b"[]", ""),
        (b'{"type":"join_room"}', "room"),
        (b'{"type":"join_room","room":1}', "room"),
        (b'{"type":"room_message","room":"a","content":"x\\u0000"}', "content"),
        (b'{"type":"direct_message","to_user_id":"3","content":"b"}', "to_user_id"),
        (b'{"type":"direct_message","to_user_id":0,"content":"b"}', "to_user_id"),
        (b'{"type":"direct_message","to_user_id":9223372036854775808,"content":""}', "to_user_id"),
        (b'{"type":"dm_history","with":-1}', "with"),
        (b'{"type":"room_history","room":"a","limit":0}', "limit"),
        (b'{"type":"room_history","room":"a","limit":1001}', "limit"),
    ],
)
def test_a_wrong_command_names_the_field(frame: bytes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        wire.read_command(frame)

    assert refused.value.errors[0].field == field


@pytest.mark.parametrize("frame", [b"", b"hello", b'{"type":"join_room"', b'{"type":"\\ud800"}'])
def test_what_is_no_json_is_unreadable(frame: bytes) -> None:
    with pytest.raises(Unreadable):
        wire.read_command(frame)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_command_or_a_refusal(frame: bytes) -> None:
    try:
        command = wire.read_command(frame)
    except Refusal:
        return

    assert isinstance(command, wire.Command)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (b'{"type":"join_room"}', True),
        (b'{"type":"dm_history","with":"nonsense"}', True),
        (b'{"type":"subscribe","data":{}}', False),
        (b'{"type":"join","ref":1,"data":{}}', False),
        (b'{"type":7}', False),
        (b"nonsense", False),
        (b"[" * 5000, False),
    ],
)
def test_a_frame_tells_its_dialect_by_its_type(frame: bytes, expected: bool) -> None:
    assert wire.is_command(frame) is expected


def test_a_message_of_a_room() -> None:
    payload = wire.line_payload(wire.room_line(HELLO, room="lobby"))

    assert payload.decode() == (
        '{"type":"message","data":{"id":9,"fromUser":7,"username":"ada","content":"hello é",'
        '"timestamp":"2026-01-31T12:00:00.123Z","room":"lobby"}}'
    )


def test_a_direct_message_says_to_whom() -> None:
    payload = wire.line_payload(wire.direct_line(HELLO, to_user=UserId(3)))

    assert payload.decode() == (
        '{"type":"dm","data":{"id":9,"fromUser":7,"username":"ada","content":"hello é",'
        '"timestamp":"2026-01-31T12:00:00.123Z","toUser":3}}'
    )


def test_history_of_a_room_has_the_same_lines() -> None:
    line = wire.room_line(HELLO, room="lobby")

    payload = msgspec.json.decode(wire.room_history_payload("lobby", [line]))

    assert payload["type"] == "history"
    assert payload["data"]["room"] == "lobby"
    assert payload["data"]["messages"] == [msgspec.json.decode(wire.line_payload(line))["data"]]


def test_history_of_a_direct_chat_names_the_other() -> None:
    payload = wire.dm_history_payload(UserId(3), [])

    assert payload == b'{"type":"history","data":{"with":3,"messages":[]}}'


def test_joined() -> None:
    assert wire.joined_payload("lobby") == b'{"type":"joined","data":{"room":"lobby"}}'


@pytest.mark.parametrize(
    ("refusal", "payload"),
    [
        (Conflict("taken"), b'{"type":"error","data":{"message":"taken","code":"conflict"}}'),
        (
            RateLimited("slowly", retry_after=3),
            b'{"type":"error","data":{"message":"slowly","code":"rate_limited"}}',
        ),
        (
            Invalid("name", "is odd"),  # Of a room, which is ``room`` in v1.
            b'{"type":"error","data":{"message":"room: is odd","code":"invalid"}}',
        ),
        (
            Invalid("content", "is odd"),
            b'{"type":"error","data":{"message":"content: is odd","code":"invalid"}}',
        ),
    ],
)
def test_an_error_has_a_message_and_a_code(refusal: Refusal, payload: bytes) -> None:
    assert wire.error_payload(refusal) == payload


def test_a_bug_is_not_explained() -> None:
    assert b"internal" in wire.internal_payload()
