"""Events as streams get them: made of v2's JSON, joined without a copy, cut between events."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from causerie.gateway.framing import text_frame
from causerie.gateway.grpc.tongue import MAX_RESPONSE_BYTES, framed, pieces, words_of
from causerie.v1 import events_pb2 as pb

RESPONSE = pb.StreamEventsResponse
MESSAGE = {
    "id": 9,
    "conversation_id": "room_12",
    "seq": 3,
    "sender": {"id": 1, "username": "ada"},
    "content": "héllo",
    "message_type": "text",
    "parent_message_id": None,
    "client_id": "k",
    "created_at": "2026-01-31T12:00:00.250Z",
    "edited_at": None,
    "deleted": False,
    "pinned": False,
    "reply_count": 0,
    "last_reply_at": None,
    "reactions": [{"emoji": "👍", "count": 2}],
    "mentions": [4, 5],
    "of_a_later_version": {"unknown": True},
}


def read(frame: bytes) -> list[pb.Event]:
    return list(RESPONSE.FromString(frame).events)


def test_a_message_has_all_its_fields() -> None:
    (event,) = read(framed(RESPONSE, "message", MESSAGE))
    message = event.message

    assert (event.type, event.WhichOneof("data")) == ("message", "message")
    assert (message.id, message.conversation_id, message.seq) == (9, "room_12", 3)
    assert (message.sender.username, message.content) == ("ada", "héllo")
    assert message.message_type == 1
    assert message.created_at.ToJsonString() == "2026-01-31T12:00:00.250Z"
    assert [(r.emoji, r.count, r.HasField("me")) for r in message.reactions] == [("👍", 2, False)]
    assert list(message.mentions) == [4, 5]


def test_what_is_null_is_not_set() -> None:
    (event,) = read(framed(RESPONSE, "message", MESSAGE))

    assert not event.message.HasField("edited_at")
    assert not event.message.HasField("parent_message_id")


def test_an_event_without_a_field_of_its_own_comes_as_it_is() -> None:
    (event,) = read(framed(RESPONSE, "sanction", {"kind": "mute", "until": None}))

    assert (event.type, event.WhichOneof("data")) == ("sanction", "other")
    assert dict(event.other) == {"kind": "mute", "until": None}


def test_a_word_of_a_later_version_is_unspecified() -> None:
    (event,) = read(framed(RESPONSE, "message", {**MESSAGE, "message_type": "poll"}))

    assert event.message.message_type == 0


def test_the_hub_makes_frames_of_the_sockets_frames() -> None:
    said = msgspec.json.encode({"type": "typing", "data": {"user_id": 7, "typing": True}})
    words = words_of(RESPONSE)
    (event,) = read(words.make(text_frame(said)))

    assert (event.typing.user_id, event.typing.typing) == (7, True)
    assert words.make(b"") == b""


texts = st.lists(st.text(max_size=9000), min_size=1, max_size=30)


@given(texts)
def test_what_is_joined_is_one_response_with_all_events(contents: list[str]) -> None:
    joined = b"".join(framed(RESPONSE, "message", {"content": text}) for text in contents)

    assert [event.message.content for event in read(joined)] == contents


@given(texts)
def test_what_is_cut_is_all_there_and_no_piece_is_large_but_a_single_event(
    contents: list[str],
) -> None:
    joined = b"".join(framed(RESPONSE, "message", {"content": text}) for text in contents)
    cut = list(pieces(joined))

    assert [e.message.content for piece in cut for e in read(piece)] == contents
    assert all(len(p) <= MAX_RESPONSE_BYTES or len(read(p)) == 1 for p in cut)
    assert b"".join(cut) == joined
