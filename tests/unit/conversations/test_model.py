"""What conversations are called, and what a membership allows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.conversations import (
    ConversationView,
    Kind,
    MemberRole,
    Membership,
    Visibility,
    parse_wire_id,
    wire_id,
)
from causerie.conversations.model import require_room_name, require_topic, require_user_id
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.identity import MAX_ID, ConversationId, Rev, Seq, UserId


@given(kind=st.sampled_from(Kind), number=st.integers(1, MAX_ID))
def test_what_is_written_is_read_back(kind: Kind, number: int) -> None:
    assert parse_wire_id(wire_id(kind, ConversationId(number))) == (kind, number)


def test_the_prefixes_are_those_of_the_protocol() -> None:
    assert [wire_id(kind, ConversationId(7)) for kind in Kind] == ["room_7", "dm_7", "thread_7"]


@given(st.text())
def test_what_is_no_id_is_not_found(text: str) -> None:
    try:
        kind, number = parse_wire_id(text)
    except NotFound:
        return

    assert wire_id(kind, number) == text


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "room_",
        "room_0",
        "room_-1",
        "room_+1",
        "room_01",
        "room_1 ",
        " room_1",
        "room_1\n",
        "room_1_000",
        "room_1.0",
        "room_\u0663",
        "room_\uff11",
        "ROOM_1",
        "direct_1",
        "user_1",
        "1",
        f"room_{MAX_ID + 1}",
        "room_" + "9" * 5000,
    ],
)
def test_an_id_has_one_way_to_be_written(wrong: str) -> None:
    with pytest.raises(NotFound):
        parse_wire_id(wrong)


@pytest.mark.parametrize(
    ("role", "archived", "may_send"),
    [
        (MemberRole.OWNER, False, True),
        (MemberRole.ADMIN, False, True),
        (MemberRole.MEMBER, False, True),
        (MemberRole.READ_ONLY, False, False),
        (MemberRole.OWNER, True, False),
    ],
)
def test_members_send_unless_they_only_read_or_the_room_is_archived(
    role: MemberRole, archived: bool, may_send: bool
) -> None:
    membership = Membership(ConversationId(1), Kind.ROOM, UserId(1), role, archived)

    assert membership.may_send is may_send


@pytest.mark.parametrize(("role", "unread"), [(MemberRole.MEMBER, 4), (None, 0)])
def test_only_members_have_something_unread(role: MemberRole | None, unread: int) -> None:
    view = ConversationView(
        id=ConversationId(1),
        kind=Kind.ROOM,
        name="general",
        visibility=Visibility.PUBLIC,
        topic="",
        peer=None,
        last_seq=Seq(9),
        rev=Rev(0),
        read_seq=Seq(5),
        member_count=1,
        created_at=datetime(2026, 1, 31, tzinfo=UTC),
        role=role,
        archived=False,
    )

    assert view.unread == unread


@pytest.mark.parametrize("name", ["a", "A_b-9", "x" * 64])
def test_a_room_name_is_given_back(name: str) -> None:
    assert require_room_name(name) == name


@pytest.mark.parametrize("name", ["", "a b", "é", "x" * 65, "a\x00", "a\n", "\u0661"])
def test_a_room_name_has_letters_digits_dashes_and_underscores(name: str) -> None:
    with pytest.raises(Invalid, match="name"):
        require_room_name(name)


@pytest.mark.parametrize("topic", ["", "é" * 250, "\U0001f680" * 250])
def test_a_topic_is_counted_in_code_points(topic: str) -> None:
    assert require_topic(topic) == topic


@pytest.mark.parametrize("topic", ["x" * 251, "a\x00", "\ud800"])
def test_a_topic_is_short_and_storable(topic: str) -> None:
    with pytest.raises(Invalid, match="topic"):
        require_topic(topic)


@pytest.mark.parametrize("user_id", [0, -1, MAX_ID + 1, 2**200])
def test_a_users_id_is_a_positive_bigint(user_id: int) -> None:
    with pytest.raises(Invalid, match="members"):
        require_user_id(user_id, field="members")
