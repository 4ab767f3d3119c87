"""Conversations as clients see them, byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from causerie.conversations import (
    Address,
    ConversationOpened,
    ConversationUpdated,
    ConversationView,
    Kind,
    MemberJoined,
    MemberLeft,
    MemberRole,
    Person,
    ReadMoved,
    Visibility,
)
from causerie.conversations.wire import (
    JoinOrLeave,
    hello_payload,
    joined_payload,
    left_payload,
    opened_payload,
    read_payload,
    target_of,
    updated_payload,
)
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.identity import ConversationId, Rev, Seq, UserId

MOMENT = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
AT = "2026-01-31T12:00:00.123Z"
ANN = Person(UserId(1), "ann", "Ann", "user", MOMENT)
BEN = Person(UserId(2), "ben", "Ben", "guest", MOMENT)
WIRE_ANN = {"id": 1, "username": "ann", "display_name": "Ann", "role": "user", "created_at": AT}
WIRE_BEN = {"id": 2, "username": "ben", "display_name": "Ben", "role": "guest", "created_at": AT}
CHAT = ConversationView(
    id=ConversationId(7),
    kind=Kind.DIRECT,
    name=None,
    visibility=Visibility.PRIVATE,
    topic="",
    peer=BEN,
    last_seq=Seq(9),
    rev=Rev(3),
    read_seq=Seq(5),
    member_count=2,
    created_at=MOMENT,
    role=MemberRole.MEMBER,
    archived=True,
)
WIRE_CHAT = {
    "id": "dm_7",
    "kind": "direct",
    "name": None,
    "visibility": "private",
    "topic": "",
    "peer": WIRE_BEN,
    "last_seq": 9,
    "rev": 3,
    "read_seq": 5,
    "unread": 4,
    "member_count": 2,
    "created_at": AT,
    "archived": True,
}


def decoded(payload: bytes) -> Any:
    return msgspec.json.decode(payload)


def test_hello_says_who_where_when_and_what() -> None:
    payload = hello_payload(ANN, [CHAT], session_id="c1", heartbeat_interval=30, server_time=MOMENT)

    assert decoded(payload) == {
        "type": "hello",
        "data": {
            "user": WIRE_ANN,
            "session_id": "c1",
            "heartbeat_interval": 30,
            "server_time": AT,
            "conversations": [WIRE_CHAT],
        },
    }


def test_a_new_conversation_is_complete() -> None:
    payload = opened_payload(ConversationOpened(ANN.id, CHAT))

    assert decoded(payload) == {"type": "conversation_created", "data": WIRE_CHAT}


def test_who_came_and_went_have_the_changes_number() -> None:
    joined = joined_payload(MemberJoined(ConversationId(7), Kind.ROOM, BEN, Rev(4), Seq(9)))
    left = left_payload(MemberLeft(ConversationId(7), Kind.ROOM, BEN, Rev(5), Seq(9)))

    data = {"conversation_id": "room_7", "user": WIRE_BEN}
    assert decoded(joined) == {"type": "member_joined", "data": {**data, "rev": 4}}
    assert decoded(left) == {"type": "member_left", "data": {**data, "rev": 5}}


def test_an_update_has_what_is_the_same_for_every_viewer() -> None:
    event = ConversationUpdated(
        conversation_id=ConversationId(7),
        kind=Kind.ROOM,
        rev=Rev(4),
        after_seq=Seq(9),
        name="general",
        visibility=Visibility.PUBLIC,
        topic="T",
        last_seq=Seq(9),
        member_count=3,
        created_at=MOMENT,
        archived=True,
    )

    assert decoded(updated_payload(event)) == {
        "type": "conversation_updated",
        "data": {
            "id": "room_7",
            "conversation_id": "room_7",
            "kind": "room",
            "name": "general",
            "visibility": "public",
            "topic": "T",
            "last_seq": 9,
            "rev": 4,
            "member_count": 3,
            "created_at": AT,
            "archived": True,
        },
    }


def test_a_read_position_has_no_number_of_a_change() -> None:
    payload = read_payload(ReadMoved(ConversationId(7), Kind.DIRECT, UserId(1), Seq(5), 2))

    assert decoded(payload) == {
        "type": "read",
        "data": {"conversation_id": "dm_7", "user_id": 1, "seq": 5},
    }


def test_a_command_names_one_conversation_by_id_or_name() -> None:
    assert target_of(JoinOrLeave(conversation_id="room_7")) == Address(Kind.ROOM, ConversationId(7))
    assert target_of(JoinOrLeave(name="general")) == "general"


@pytest.mark.parametrize("command", [JoinOrLeave(), JoinOrLeave("room_7", "general")])
def test_a_command_that_names_none_or_two_is_invalid(command: JoinOrLeave) -> None:
    with pytest.raises(Invalid, match="conversation_id"):
        target_of(command)


def test_an_empty_id_is_not_found_and_not_missing() -> None:
    with pytest.raises(NotFound):
        target_of(JoinOrLeave(conversation_id=""))
