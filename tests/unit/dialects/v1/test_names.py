"""v1 calls rooms by their names and direct chats by the other person."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from causerie.conversations import (
    Address,
    ConversationOpened,
    ConversationUpdated,
    ConversationView,
    Kind,
    MemberRole,
    Person,
    Visibility,
)
from causerie.dialects.v1 import Names, teach
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, MessageId, Rev, Seq, UserId
from causerie.gateway.vocabulary import Vocabulary
from causerie.messages import Message, MessageSent, MessageType

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ADA, BOB = UserId(1), UserId(2)
ROOM, DIRECT = ConversationId(10), ConversationId(11)


def view(
    conversation_id: ConversationId, *, name: str | None = None, peer: UserId | None = None
) -> ConversationView:
    return ConversationView(
        id=conversation_id,
        kind=Kind.ROOM if peer is None else Kind.DIRECT,
        name=name,
        visibility=Visibility.PUBLIC,
        topic="",
        peer=Person(peer, "bob", "Bob", "user", NOW) if peer is not None else None,
        last_seq=Seq(0),
        rev=Rev(0),
        read_seq=Seq(0),
        member_count=2,
        created_at=NOW,
        role=MemberRole.MEMBER,
        archived=False,
    )


def renamed(conversation_id: ConversationId, name: str) -> ConversationUpdated:
    return ConversationUpdated(
        conversation_id=conversation_id,
        kind=Kind.ROOM,
        rev=Rev(1),
        after_seq=Seq(0),
        name=name,
        visibility=Visibility.PUBLIC,
        topic="",
        last_seq=Seq(0),
        member_count=2,
        created_at=NOW,
        archived=False,
    )


def message(conversation_id: ConversationId, sender: UserId, *, deleted: bool = False) -> Message:
    return Message(
        id=MessageId(5),
        conversation_id=conversation_id,
        kind=Kind.ROOM if conversation_id == ROOM else Kind.DIRECT,
        seq=Seq(1),
        sender_id=sender,
        sender_name="ada",
        message_type=MessageType.TEXT,
        content="" if deleted else "hi",
        client_id=None,
        created_at=NOW,
        deleted=deleted,
    )


@pytest.fixture
def names() -> Names:
    names = Names()
    names.learn(view(ROOM, name="Lobby"), viewer=ADA)
    names.learn(view(DIRECT, peer=BOB), viewer=ADA)
    return names


def shown(names: Names, said: Message) -> dict[str, object]:
    words = Vocabulary()
    teach(words, names)
    framed = words(MessageSent(said))
    data: dict[str, object] = msgspec.json.decode(framed[framed.index(b'{"type"') :])["data"]
    return data


def test_a_room_is_found_in_whatever_case(names: Names) -> None:
    assert names.room("lOBBY") == Address(Kind.ROOM, ROOM)
    assert names.room("nowhere") is None


def test_a_direct_chat_is_found_from_both_sides(names: Names) -> None:
    assert names.direct(ADA, BOB) == names.direct(BOB, ADA) == Address(Kind.DIRECT, DIRECT)
    assert names.direct(ADA, UserId(3)) is None


def test_a_message_says_its_room(names: Names) -> None:
    assert shown(names, message(ROOM, ADA))["room"] == "Lobby"


@pytest.mark.parametrize(("sender", "to_user"), [(ADA, BOB), (BOB, ADA)])
def test_a_direct_message_goes_to_the_other(names: Names, sender: UserId, to_user: UserId) -> None:
    data = shown(names, message(DIRECT, sender))

    assert (data["fromUser"], data["toUser"]) == (sender, to_user)


def test_a_deleted_message_has_no_word(names: Names) -> None:
    words = Vocabulary()
    teach(words, names)

    assert words(MessageSent(message(ROOM, ADA, deleted=True))) == b""
    assert words(MessageSent(message(ROOM, ADA))) != b""


def test_a_new_name_is_used_and_the_old_one_is_free(names: Names) -> None:
    events = Events()
    names.listen(events)

    events.announce((renamed(ROOM, "Hall"),))

    assert shown(names, message(ROOM, ADA))["room"] == "Hall"
    assert (names.room("lobby"), names.room("hall")) == (None, Address(Kind.ROOM, ROOM))


def test_a_name_that_moved_to_another_room_stays_there(names: Names) -> None:
    events = Events()
    names.listen(events)
    names.attend(ADA)
    other = ConversationId(12)

    events.announce((renamed(ROOM, "Hall"), ConversationOpened(ADA, view(other, name="Lobby"))))
    events.announce((renamed(ROOM, "Attic"),))

    assert names.room("lobby") == Address(Kind.ROOM, other)


def test_a_conversation_that_opens_is_learned_for_who_speaks_v1_and_nobody_else() -> None:
    names, events = Names(), Events()
    names.listen(events)
    names.attend(BOB)

    events.announce((ConversationOpened(BOB, view(DIRECT, peer=ADA)),))
    events.announce((ConversationOpened(ADA, view(ROOM, name="Lobby")),))

    assert names.direct(ADA, BOB) == Address(Kind.DIRECT, DIRECT)
    assert names.room("lobby") is None
