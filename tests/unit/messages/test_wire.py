"""How messages look outside: exactly the protocol's fields, in exactly its forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.conversations import Kind
from causerie.foundation.identity import MAX_ID, ConversationId, MessageId, Rev, Seq, UserId
from causerie.messages import MessageDeleted, MessageEdited, MessageSent, MessageType, Page
from causerie.messages.events import ThreadAttended, ThreadUpdated
from causerie.messages.model import Attention, Audience, Message, Reaction, Thread
from causerie.messages.wire import (
    DeleteMessage,
    EditMessage,
    History,
    PatchMessage,
    PostMessage,
    SendMessage,
    Subscribe,
    attended_payload,
    deleted_payload,
    edited_payload,
    message_json,
    message_out,
    page_out,
    sent_payload,
    thread_out,
    thread_payload,
)

ids = st.integers(1, MAX_ID)
# Text that can be stored: no unpaired surrogates, no NUL.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
times = st.integers(0, 4_000_000_000_000).map(
    lambda milliseconds: datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
)
messages = st.builds(
    Message,
    id=ids.map(MessageId),
    conversation_id=ids.map(ConversationId),
    kind=st.sampled_from(Kind),
    seq=ids.map(Seq),
    sender_id=ids.map(UserId),
    sender_name=st.from_regex(r"\A[A-Za-z0-9_.-]{1,32}\Z"),
    message_type=st.sampled_from(MessageType),
    content=texts,
    client_id=st.none() | st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)),
    created_at=times,
    edited_at=st.none() | times,
    deleted=st.booleans(),
    parent_id=st.none() | ids.map(MessageId),
    reply_count=st.integers(0, 9),
    last_reply_at=st.none() | times,
    participants=st.tuples() | st.tuples(ids.map(UserId)),
    mentions=st.tuples() | st.tuples(ids.map(UserId)),
    audience=st.none() | st.sampled_from(Audience),
    reactions=st.tuples() | st.tuples(st.builds(Reaction, emoji=texts, count=st.integers(1, 9))),
    pinned=st.booleans(),
)

MESSAGE = Message(
    id=MessageId(7),
    conversation_id=ConversationId(12),
    kind=Kind.ROOM,
    seq=Seq(3),
    sender_id=UserId(5),
    sender_name="mia",
    message_type=MessageType.TEXT,
    content='"é"😀\n',
    client_id="k",
    created_at=datetime(2026, 1, 31, 12, 0, 0, 5000, tzinfo=UTC),
)
SHOWN: dict[str, Any] = {
    "id": 7,
    "conversation_id": "room_12",
    "seq": 3,
    "sender": {"id": 5, "username": "mia"},
    "content": '"é"😀\n',
    "message_type": "text",
    "parent_message_id": None,
    "client_id": "k",
    "created_at": "2026-01-31T12:00:00.005Z",
    "edited_at": None,
    "deleted": False,
    "pinned": False,
    "reply_count": 0,
    "last_reply_at": None,
    "reactions": [],
    "mentions": [],
}


def test_a_message_has_the_protocols_fields_and_no_others() -> None:
    assert msgspec.json.decode(message_json(MESSAGE)) == SHOWN


def test_what_is_around_a_message_is_shown_with_it() -> None:
    message = msgspec.structs.replace(
        MESSAGE,
        parent_id=MessageId(2),
        reply_count=2,
        last_reply_at=datetime(2026, 2, 1, tzinfo=UTC),
        participants=(UserId(8),),
        mentions=(UserId(9),),
        audience=Audience.ROOM,
        reactions=(Reaction("🚀", 2), Reaction("é", 1, me=False)),
        pinned=True,
    )

    assert msgspec.json.decode(message_json(message)) == SHOWN | {
        "parent_message_id": 2,
        "reply_count": 2,
        "last_reply_at": "2026-02-01T00:00:00.000Z",
        "participants": [8],
        "mentions": [9],
        "audience": "room",
        "reactions": [{"emoji": "🚀", "count": 2}, {"emoji": "é", "count": 1, "me": False}],
        "pinned": True,
    }


@given(messages)
def test_the_quick_way_to_show_a_message_says_the_same(message: Message) -> None:
    plain = msgspec.json.encode(message_out(message))

    assert msgspec.json.decode(message_json(message)) == msgspec.json.decode(plain)
    assert message_json(message) == plain


@given(messages)
def test_an_event_is_the_message_in_an_envelope(message: Message) -> None:
    event = msgspec.json.decode(sent_payload(MessageSent(message)))

    assert event == {"type": "message", "data": msgspec.json.decode(message_json(message))}


@given(messages, ids)
def test_events_of_changes_carry_their_number(message: Message, rev: int) -> None:
    shown = {**msgspec.json.decode(message_json(message)), "rev": rev}
    edited = MessageEdited(message, Rev(rev), Seq(1), UserId(1))
    deleted = MessageDeleted(message, Rev(rev), Seq(1), UserId(1))

    assert msgspec.json.decode(edited_payload(edited)) == {"type": "message_edited", "data": shown}
    assert msgspec.json.decode(deleted_payload(deleted)) == {
        "type": "message_deleted",
        "data": shown,
    }


def test_a_page_is_its_messages_and_whether_there_are_more() -> None:
    page = msgspec.to_builtins(page_out(Page((MESSAGE,), has_more=True)))

    assert page == {"items": [SHOWN | {"reactions": (), "mentions": ()}], "has_more": True}


@pytest.mark.parametrize("command", [SendMessage, EditMessage, DeleteMessage, History, Subscribe])
def test_sockets_pass_over_fields_that_they_do_not_know(command: type[msgspec.Struct]) -> None:
    data = {"conversation_id": "room_1", "message_id": 1, "content": "x", "new": {"a": [1]}}

    assert isinstance(msgspec.convert(data, command), command)


@pytest.mark.parametrize("body", [PostMessage, PatchMessage])
def test_bodies_refuse_fields_that_they_do_not_know(body: type[msgspec.Struct]) -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({"content": "x", "new": 1}, body)


@pytest.mark.parametrize("number", [0, -1, MAX_ID + 1, 1.5, "1", True, None])
def test_ids_are_positive_and_fit(number: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"message_id": number, "content": "x"}, EditMessage)


@pytest.mark.parametrize("number", [-1, MAX_ID + 1, 0.5, "0", None])
def test_what_a_client_holds_is_a_number_from_0(number: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"since": {"room_1": number}}, Subscribe)


def test_a_thread_is_told_of_by_its_first_message() -> None:
    at = datetime(2026, 2, 1, tzinfo=UTC)
    event = ThreadUpdated(MessageId(7), ConversationId(12), Kind.ROOM, 2, at, Rev(4), Seq(9))
    empty = msgspec.structs.replace(event, reply_count=0, last_reply_at=None)
    shown = {
        "message_id": 7,
        "conversation_id": "room_12",
        "reply_count": 2,
        "last_reply_at": "2026-02-01T00:00:00.000Z",
        "rev": 4,
    }

    assert msgspec.json.decode(thread_payload(event)) == {"type": "thread_updated", "data": shown}
    assert msgspec.json.decode(thread_payload(empty))["data"] == shown | {
        "reply_count": 0,
        "last_reply_at": None,
    }


def test_own_sockets_hear_what_one_wants_of_a_thread() -> None:
    event = ThreadAttended(
        MessageId(7), ConversationId(12), Kind.DIRECT, UserId(1), Attention.MUTED
    )

    assert msgspec.json.decode(attended_payload(event)) == {
        "type": "thread_attended",
        "data": {"message_id": 7, "conversation_id": "dm_12", "attention": "muted"},
    }


def test_who_had_nothing_to_do_with_a_thread_is_told_of_nothing_but_their_name() -> None:
    shown = msgspec.to_builtins(thread_out(Thread(MESSAGE, Seq(0), None)))

    assert (shown["last_reply_seq"], shown["attention"]) == (0, "none")
