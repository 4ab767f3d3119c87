"""Sends: what is stored, what is refused, and that the same one happens once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from causerie.conversations import MemberRole, NotAMember, Visibility
from causerie.foundation.errors import Conflict, Invalid, NotFound, Refusal, TooLarge
from causerie.foundation.postgres import fingerprint
from causerie.foundation.telemetry import metrics
from causerie.messages import (
    ConversationArchived,
    ConversationNotFound,
    KeyUsedOtherwise,
    MayNotWrite,
    MessagesSent,
    MessageType,
)
from tests.scenes.conversation import MAX_CHARS, READER, ConversationScene, Outcome


async def test_messages_are_numbered_from_one_and_announced_after_their_commit(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    messages = await scene.say(ann, room, "one", "two", "three")

    assert [m.seq for m in messages] == [1, 2, 3]
    assert [m for event in scene.told(MessagesSent) for m in event.messages] == messages
    assert list((await scene.history(ann, room)).items) == messages


async def test_text_is_stored_as_it_was_sent(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    text = "  <b>&amp;</b>\r\n\t\u200b\u202e\U0001d4b3 \ufffd \x01\x7f'\"\\ "

    await scene.send(ann, room, text)

    (stored,) = (await scene.history(ann, room)).items
    assert stored.content == text


async def test_each_of_the_two_kinds_is_kept(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    await scene.send(ann, room, message_type=MessageType.FILE)

    assert (await scene.history(ann, room)).items[0].message_type is MessageType.FILE


async def test_clients_do_not_send_system_messages(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    with pytest.raises(Invalid, match="message_type"):
        await scene.send(ann, room, message_type=MessageType.SYSTEM)


async def test_an_overlong_text_says_by_how_much_and_its_key_is_free(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    with pytest.raises(TooLarge) as refused:
        await scene.send(ann, room, "😀" * (MAX_CHARS + 1), client_id="k")
    assert refused.value.extras() == {"limit": MAX_CHARS, "actual": MAX_CHARS + 1}
    assert (await scene.send(ann, room, "😀" * MAX_CHARS, client_id="k")).is_new


# --- who may send ----------------------------------------------------------------------------------


async def test_who_is_not_in_a_public_room_is_told_so(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann)

    with pytest.raises(NotAMember):
        await scene.send(ben, room)


async def test_a_private_room_is_not_there_for_others(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, visibility=Visibility.PRIVATE)

    with pytest.raises(NotFound):
        await scene.send(ben, room)


async def test_a_strangers_direct_chat_is_not_there(scene: ConversationScene) -> None:
    ann, ben, eve = await scene.people("ann", "ben", "eve")
    chat, _ = await scene.conversations.service.open_direct(ann, ben.user_id)

    with pytest.raises(NotFound):
        await scene.send(eve, chat)
    assert (await scene.send(ben, chat)).message.kind == "direct"


@pytest.mark.parametrize("prefix", ["dm_", "thread_", "ROOM_", "room_0", "room", ""])
@pytest.mark.parametrize("is_remembered", [False, True])
async def test_a_wrong_prefix_names_nothing(
    scene: ConversationScene, prefix: str, *, is_remembered: bool
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    if is_remembered:
        await scene.send(ann, room)

    with pytest.raises(NotFound):
        await scene.service.send_and_wait(
            ann,
            conversation=f"{prefix}{room.id}",
            content="x",
            client_id=None,
            message_type=MessageType.TEXT,
        )


async def test_who_may_only_read_does_not_write(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    mute = await scene.person("mute", READER)
    room = await scene.room(ann, ben, mute)
    await scene.give_role(ann, room, ben, MemberRole.READ_ONLY)

    for reader in (ben, mute):
        with pytest.raises(MayNotWrite):
            await scene.send(reader, room)
    assert await scene.seqs(room) == []


async def test_an_archived_room_takes_nothing_new_and_is_read(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.send(ann, room, "before")
    await scene.archive(ann, room)

    with pytest.raises(ConversationArchived):
        await scene.send(ann, room, "after")
    assert [m.content for m in (await scene.history(ann, room)).items] == ["before"]


async def test_what_is_remembered_of_a_member_is_asked_again_at_the_commit(
    scene: ConversationScene, other_node: ConversationScene
) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    await scene.send(ben, room, "in")
    await other_node.conversations.service.remove_member(ann, room.address, ben.user_id)
    outcome = Outcome()

    assert scene.submit(ben, room, "out", outcome)

    assert isinstance(await outcome.refusal(), ConversationNotFound)
    assert await scene.seqs(room) == [1]


# --- once ------------------------------------------------------------------------------------------


async def test_a_resend_stores_and_announces_nothing_new(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    first = await scene.send(ann, room, client_id="same")

    again = await scene.send(ann, room, client_id="same")

    assert (first.is_new, again.is_new) == (True, False)
    assert again.message == first.message
    assert await scene.seqs(room) == [1]
    assert set(scene.announced_seqs(room)) == {1}


async def test_a_replay_shows_the_message_as_it_is_now(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    first = (await scene.send(ann, room, "first", client_id="k")).message
    await scene.service.edit_message(ann, first.id, content="second")
    edited = (await scene.send(ann, room, "first", client_id="k")).message
    await scene.service.delete_message(ann, first.id)

    gone = (await scene.send(ann, room, "first", client_id="k")).message

    assert (edited.id, edited.content, edited.edited_at is not None) == (first.id, "second", True)
    assert (gone.id, gone.content, gone.deleted) == (first.id, "", True)


async def test_a_replay_does_not_mind_what_became_of_the_room(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    first = await scene.send(ben, room, client_id="k")
    await scene.give_role(ann, room, ben, MemberRole.READ_ONLY)
    read_only = await scene.send(ben, room, client_id="k")
    await scene.archive(ann, room)

    archived = await scene.send(ben, room, client_id="k")

    assert first.message == read_only.message == archived.message
    with pytest.raises(ConversationArchived):
        await scene.send(ben, room, client_id="new")


async def test_a_key_used_for_something_else_is_a_conflict(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room, other = await scene.room(ann), await scene.room(ann, name="other")
    message = (await scene.send(ann, room, client_id="k")).message
    service = scene.service

    for attempt in (
        scene.send(ann, room, "other", client_id="k"),
        scene.send(ann, other, client_id="k"),
        scene.send(ann, room, client_id="k", message_type=MessageType.FILE),
        service.edit_message(ann, message.id, content="hello", client_id="k"),
        service.delete_message(ann, message.id, client_id="k"),
        scene.conversations.service.leave(ann, other.address, key="k"),
    ):
        with pytest.raises(Conflict):
            await attempt
    assert await scene.seqs(room) == [1]
    assert await scene.seqs(other) == []
    assert await scene.changes(room) == []


async def test_a_key_of_another_operation_is_not_for_sending(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message
    await scene.service.edit_message(ann, message.id, content="edited", client_id="k")

    with pytest.raises(KeyUsedOtherwise):
        await scene.send(ann, room, client_id="k")


async def test_keys_of_two_users_do_not_meet(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)

    sent = [await scene.send(who, room, client_id="k") for who in (ann, ben)]

    assert [s.message.seq for s in sent] == [1, 2]


async def test_a_key_of_a_send_that_was_refused_is_free(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann)
    with pytest.raises(Refusal):
        await scene.send(ben, room, client_id="k")
    await scene.conversations.service.join(ben, room.address)

    assert (await scene.send(ben, room, client_id="k")).is_new


@pytest.mark.parametrize("key", ["", "é", "x" * 129, "a\nb", "a\x00", "\x7f"])
async def test_a_key_is_printable_ascii(scene: ConversationScene, key: str) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    with pytest.raises(Invalid, match="client_id"):
        await scene.send(ann, room, client_id=key)


# --- what else moves -------------------------------------------------------------------------------


async def test_who_sends_has_read_and_the_others_have_not(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    await scene.say(ben, room, "one", "two")

    await scene.say(ann, room, "three")

    mine, theirs = await scene.view(ann, room), await scene.view(ben, room)
    assert (mine.last_seq, mine.read_seq, mine.unread) == (3, 3, 0)
    assert (theirs.last_seq, theirs.read_seq, theirs.unread) == (3, 2, 1)


async def test_time_does_not_go_back_in_a_conversation_though_the_clock_does(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.send(ann, room)
    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    await scene.fetch(
        "UPDATE conversations.conversations SET last_at = $2 WHERE id = $1", room.id, ahead
    )

    later = await scene.say(ann, room, "one", "two")

    assert [m.created_at for m in later] == [ahead, ahead]
    assert [m.created_at for m in (await scene.history(ann, room)).items][1:] == [ahead, ahead]


async def test_the_time_that_is_acknowledged_is_the_one_that_is_kept(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    sent = (await scene.send(ann, room)).message

    assert sent.created_at.microsecond % 1000 == 0
    assert (await scene.history(ann, room)).items == (sent,)


async def test_a_send_goes_on_though_its_caller_hangs_up(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.send(ann, room, "first")
    await scene.stop_writing()
    caller = asyncio.create_task(scene.send(ann, room, "second"))
    while metrics.WRITER_QUEUE_DEPTH.now() == 0:
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait({caller})

    scene.start_writing()
    await scene.send(ann, room, "third")

    assert [m.content for m in (await scene.history(ann, room)).items] == [
        "first",
        "second",
        "third",
    ]


async def test_a_known_member_is_queued_without_a_task(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    heard: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    unknown = scene.submit(ann, room, "not yet", heard.set_result)
    await scene.history(ann, room)
    known = scene.submit(ann, room, "now", heard.set_result)

    await asyncio.wait_for(heard, 60)
    assert (unknown, known) == (False, True)
    assert [m.content for m in (await scene.history(ann, room)).items] == ["now"]


async def test_keys_of_plain_messages_are_kept_as_they_were_before_there_were_threads(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    root = (await scene.send(ann, room, "x", client_id="plain")).message
    await scene.send(ann, room, "x", client_id="answer", parent=root)

    rows = await scene.fetch("SELECT key, fingerprint FROM foundation.idempotency_keys")

    kept = {row["key"]: row["fingerprint"] for row in rows}
    assert kept["plain"] == fingerprint(room.id, "x", MessageType.TEXT)
    assert kept["answer"] == fingerprint(room.id, "x", MessageType.TEXT, root.id)
