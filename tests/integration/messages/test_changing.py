"""Edits and deletions: by whom, what stays, and that each is numbered and told once."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from causerie.conversations import MemberRole, Settings
from causerie.foundation.errors import Conflict, Invalid, TooLarge
from causerie.foundation.identity import MAX_ID, MessageId
from causerie.messages import (
    ConversationArchived,
    MayNotWrite,
    MessageDeleted,
    MessageEdited,
    MessageNotFound,
    NotTheAuthor,
)
from causerie.messages.errors import MessageDeleted as AlreadyDeleted
from tests.scenes.conversation import MAX_CHARS, MODERATOR, READER, ConversationScene


async def test_an_author_edits_and_what_it_said_before_is_kept(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (first, _) = await scene.say(ann, room, "first", "next")

    edited = await scene.service.edit_message(ann, first.id, content="second")

    assert (edited.content, edited.seq, edited.created_at) == ("second", 1, first.created_at)
    assert edited.edited_at is not None
    assert edited.edited_at >= first.created_at
    assert (await scene.history(ann, room)).items[0] == edited
    assert scene.told(MessageEdited) == [MessageEdited(edited, 1, 2, ann.user_id)]  # type: ignore[arg-type] # a test's own numbers
    assert await scene.changes(room) == ["message_edited"]
    (kept,) = await scene.fetch("SELECT content, editor_id, rev FROM messages.edits")
    assert tuple(kept) == ("first", ann.user_id, 1)


async def test_an_edit_to_what_it_says_already_changes_nothing(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (message,) = await scene.say(ann, room, "same")

    edit = scene.service.edit_message
    for key in (None, "key", "key"):
        assert await edit(ann, message.id, content="same", client_id=key) == message

    with pytest.raises(Conflict):
        await edit(ann, message.id, content="other", client_id="key")
    assert scene.told(MessageEdited) == []
    assert await scene.changes(room) == []
    assert await scene.fetch("SELECT * FROM messages.edits") == []


async def test_nobody_else_edits(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    moderator = await scene.person("mo", MODERATOR)
    room = await scene.room(ann, ben, moderator)
    message = (await scene.send(ben, room)).message

    for other in (ann, moderator):
        with pytest.raises(NotTheAuthor):
            await scene.service.edit_message(other, message.id, content="x")
    assert await scene.changes(room) == []


async def test_who_may_no_longer_write_says_nothing_new_by_an_edit(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room, "before")).message
    former = msgspec.structs.replace(ann, permissions=READER)

    with pytest.raises(MayNotWrite):
        await scene.service.edit_message(former, message.id, content="x")
    assert (await scene.service.delete_message(former, message.id)).deleted


async def test_what_is_not_ones_own_to_see_is_not_there(scene: ConversationScene) -> None:
    ann, eve = await scene.people("ann", "eve")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message

    for message_id in (message.id, message.id + 99, MAX_ID):
        with pytest.raises(MessageNotFound):
            await scene.service.edit_message(eve, message_id, content="x")
        with pytest.raises(MessageNotFound):
            await scene.service.delete_message(eve, message_id)


async def test_an_edit_is_held_to_what_a_message_may_be(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message

    for content, refusal in (
        ("", Invalid),
        (" \t\u2003", Invalid),
        ("a\x00", Invalid),
        ("x" * (MAX_CHARS + 1), TooLarge),
    ):
        with pytest.raises(refusal):
            await scene.service.edit_message(ann, message.id, content=content)
    assert (await scene.history(ann, room)).items == (message,)


@pytest.mark.parametrize("role", [MemberRole.OWNER, MemberRole.ADMIN])
async def test_the_rooms_admins_delete(scene: ConversationScene, role: MemberRole) -> None:
    ann, ben, cid = await scene.people("ann", "ben", "cid")
    room = await scene.room(ann, ben, cid)
    await scene.give_role(ann, room, ben, role)
    message = (await scene.send(cid, room)).message

    gone = await scene.service.delete_message(ben, message.id)

    assert (gone.deleted, gone.content, gone.seq) == (True, "", message.seq)
    assert scene.told(MessageDeleted)[0].editor_id == ben.user_id


async def test_members_delete_only_their_own(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    message, own = (await scene.send(ann, room)).message, (await scene.send(ben, room)).message

    gone = await scene.service.delete_message(ben, own.id)

    assert gone.deleted
    with pytest.raises(NotTheAuthor):
        await scene.service.delete_message(ben, message.id)


async def test_nobody_owns_a_direct_chat(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    chat, _ = await scene.conversations.service.open_direct(ann, ben.user_id)
    message = (await scene.send(ben, chat)).message

    with pytest.raises(NotTheAuthor):
        await scene.service.delete_message(ann, message.id)


async def test_moderators_delete_everywhere(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    moderator = await scene.person("mo", MODERATOR)
    chat, _ = await scene.conversations.service.open_direct(ann, ben.user_id)
    message = (await scene.send(ben, chat)).message

    gone = await scene.service.delete_message(moderator, message.id)

    assert gone.deleted


async def test_a_tombstone_says_nothing_and_what_it_said_is_kept_beside(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room, "secret")).message

    gone = await scene.service.delete_message(ann, message.id)

    assert (await scene.history(ann, room)).items == (gone,)
    assert (gone.id, gone.seq, gone.content, gone.deleted) == (message.id, 1, "", True)
    assert [row["content"] for row in await scene.fetch("SELECT content FROM messages.edits")] == [
        "secret"
    ]


async def test_deleting_again_is_acknowledged_and_changes_nothing(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message
    gone = await scene.service.delete_message(ann, message.id, client_id="one")

    again = [
        await scene.service.delete_message(ann, message.id, client_id=key)
        for key in ("one", "two", None)
    ]

    assert again == [gone] * 3
    assert await scene.changes(room) == ["message_deleted"]
    assert len(scene.told(MessageDeleted)) == 1


async def test_a_deleted_message_is_not_edited(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message
    await scene.service.delete_message(ann, message.id)

    with pytest.raises(AlreadyDeleted):
        await scene.service.edit_message(ann, message.id, content="back", client_id="k")
    assert (await scene.view(ann, room)).rev == 1


async def test_the_same_deletion_ten_times_at_once_is_one(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message

    gone = await asyncio.gather(*(scene.service.delete_message(ann, message.id) for _ in range(10)))

    assert len(set(map(repr, gone))) == 1
    assert await scene.changes(room) == ["message_deleted"]
    assert len(scene.told(MessageDeleted)) == 1


async def test_the_same_edit_ten_times_at_once_is_one(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message

    edited = await asyncio.gather(
        *(
            scene.service.edit_message(ann, message.id, content="x", client_id="k")
            for _ in range(10)
        )
    )

    assert len(set(map(repr, edited))) == 1
    assert await scene.changes(room) == ["message_edited"]
    assert len(scene.told(MessageEdited)) == 1


async def test_an_edit_replayed_shows_the_message_as_it_is_now(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message
    await scene.service.edit_message(ann, message.id, content="one", client_id="k")
    await scene.service.edit_message(ann, message.id, content="two")
    newer = await scene.service.edit_message(ann, message.id, content="one", client_id="k")
    await scene.service.delete_message(ann, message.id)

    gone = await scene.service.edit_message(ann, message.id, content="one", client_id="k")

    assert newer.content == "two"
    assert (gone.deleted, gone.content) == (True, "")
    assert (await scene.view(ann, room)).rev == 3


async def test_a_key_of_another_change_is_a_conflict(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    first, second = await scene.say(ann, room, "one", "two")
    await scene.service.edit_message(ann, first.id, content="x", client_id="e")
    await scene.service.delete_message(ann, first.id, client_id="d")
    service = scene.service

    for attempt in (
        service.edit_message(ann, first.id, content="y", client_id="e"),
        service.edit_message(ann, second.id, content="x", client_id="e"),
        service.edit_message(ann, second.id, content="x", client_id="d"),
        service.delete_message(ann, first.id, client_id="e"),
        service.delete_message(ann, second.id, client_id="d"),
    ):
        with pytest.raises(Conflict):
            await attempt
    assert await scene.changes(room) == ["message_edited", "message_deleted"]


async def test_an_archived_rooms_messages_are_not_edited(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message
    await scene.archive(ann, room)

    with pytest.raises(ConversationArchived):
        await scene.service.edit_message(ann, message.id, content="x")
    assert await scene.changes(room) == ["conversation_updated"]


async def test_who_was_put_out_meanwhile_changes_nothing(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    message = (await scene.send(ben, room)).message
    found = await scene.store.find(message.id, viewer=ben.user_id)
    assert found is not None
    await scene.conversations.service.remove_member(ann, room.address, ben.user_id)

    with pytest.raises(MessageNotFound):
        await scene.store.edit(found, editor=ben.user_id, content="x", key=None, fingerprint=b"")
    assert await scene.changes(room) == ["member_left"]


async def test_changes_of_all_kinds_share_one_row_of_numbers(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann)
    messages = await scene.say(ann, room, *map(str, range(8)))
    service = scene.service

    await asyncio.gather(
        *(service.edit_message(ann, m.id, content="x") for m in messages[:4]),
        *(service.delete_message(ann, m.id) for m in messages[4:]),
        scene.conversations.service.join(ben, room.address),
        scene.conversations.service.update(ann, room.address, Settings(topic="t")),
    )

    rows = await scene.fetch("SELECT rev FROM conversations.changes ORDER BY rev")
    assert [row["rev"] for row in rows] == list(range(1, 11))
    told = {e.rev for e in scene.told(MessageEdited)} | {e.rev for e in scene.told(MessageDeleted)}
    assert len(told) == 8


async def test_an_edit_goes_on_though_its_caller_hangs_up(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message
    caller = asyncio.create_task(scene.service.edit_message(ann, message.id, content="x"))
    while scene.completion.under_way == 0:
        await asyncio.sleep(0)

    caller.cancel()
    await asyncio.wait({caller})
    await scene.completion.drain(5)

    assert [event.message.content for event in scene.told(MessageEdited)] == ["x"]


async def test_ids_that_do_not_exist_are_left_out(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message

    found = await scene.store.by_ids([message.id, message.id + 1, MAX_ID])

    assert found == {message.id: message}
    assert await scene.store.find(MessageId(MAX_ID), viewer=ann.user_id) is None
