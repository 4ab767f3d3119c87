"""Pins: by whom, how many, told once, and what is pinned now."""

from __future__ import annotations

import asyncio

import pytest

from causerie.accounts import FOREVER, Banned, Muted, Permission
from causerie.conversations import ConversationView, MemberRole
from causerie.foundation.errors import Conflict, Refusal
from causerie.foundation.identity import MAX_ID, Principal
from causerie.messages import (
    ConversationArchived,
    MayNotPin,
    MessageNotFound,
    MessagePinned,
)
from causerie.messages.errors import MessageDeleted as AlreadyDeleted
from causerie.messages.errors import TooManyPins
from causerie.messages.model import MAX_PINS_PER_CONVERSATION, Message
from tests.scenes.conversation import USER, ConversationScene, name_of
from tests.scenes.restrictions import restrict

MODERATOR = USER | {Permission.PIN_ANY_MESSAGE}


async def pin(
    scene: ConversationScene,
    who: Principal,
    message: Message,
    *,
    is_pinned: bool = True,
    client_id: str | None = None,
) -> None:
    await scene.messages.pins.pin(who, message.id, is_pinned=is_pinned, client_id=client_id)


async def pinned(scene: ConversationScene, who: Principal, room: ConversationView) -> list[str]:
    """The texts of what is pinned, in the order of the list."""
    return [p.message.content for p in await scene.messages.pins.pins(who, name_of(room))]


@pytest.mark.parametrize("role", [MemberRole.OWNER, MemberRole.ADMIN])
async def test_the_rooms_admins_pin_and_all_members_see_it(
    scene: ConversationScene, role: MemberRole
) -> None:
    ann, ben, cid = await scene.people("ann", "ben", "cid")
    room = await scene.room(ann, ben, cid)
    await scene.give_role(ann, room, ben, role)
    first, second, _ = await scene.say(cid, room, "one", "two", "three")

    await pin(scene, ben, first)
    await pin(scene, ann, second)

    assert await pinned(scene, cid, room) == ["two", "one"]
    listed = (await scene.messages.pins.pins(cid, name_of(room)))[1]
    assert (listed.pinned_by, listed.message.pinned) == (ben.user_id, True)
    assert [m.pinned for m in (await scene.history(cid, room)).items] == [True, True, False]
    told = [(e.message_id, e.pinned, e.user_id, e.rev) for e in scene.told(MessagePinned)]
    assert [(*fact[:3], fact[3] - told[0][3]) for fact in told] == [
        (first.id, True, ben.user_id, 0),
        (second.id, True, ann.user_id, 1),
    ]


async def test_repeating_it_changes_nothing_with_a_key_or_without(
    scene: ConversationScene, other_node: ConversationScene
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (message,) = await scene.say(ann, room, "one")

    await asyncio.gather(
        *(
            pin(node, ann, message, client_id=key)
            for node in (scene, other_node)
            for key in ("k", None, "k")
        )
    )
    for _ in range(2):
        await pin(scene, ann, message, is_pinned=False)
    await pin(scene, ann, message, client_id="k")
    with pytest.raises(Conflict):
        await pin(scene, ann, message, is_pinned=False, client_id="k")

    assert await scene.changes(room) == ["message_pinned", "message_pinned"]
    told = scene.told(MessagePinned) + other_node.told(MessagePinned)
    assert sorted((e.rev, e.pinned) for e in told) == [(1, True), (2, False)]
    assert await pinned(scene, ann, room) == []


async def test_members_pin_nothing_and_strangers_find_nothing(scene: ConversationScene) -> None:
    ann, ben, eve = await scene.people("ann", "ben", "eve")
    room = await scene.room(ann, ben)
    (message,) = await scene.say(ben, room, "one")

    for is_pinned in (True, False):
        with pytest.raises(MayNotPin):
            await pin(scene, ben, message, is_pinned=is_pinned)
        for message_id in (message.id, MAX_ID):
            with pytest.raises(MessageNotFound):
                await scene.messages.pins.pin(eve, message_id, is_pinned=is_pinned)
    with pytest.raises(Refusal):
        await pinned(scene, eve, room)
    assert await scene.changes(room) == []


async def test_moderators_pin_in_any_room_and_in_no_strangers_direct_chat(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    moderator = await scene.person("mo", MODERATOR)
    room = await scene.room(ann)
    chat, _ = await scene.conversations.service.open_direct(ann, ben.user_id)
    (in_room,), (in_chat,) = await scene.say(ann, room, "one"), await scene.say(ann, chat, "two")

    await pin(scene, moderator, in_room)

    assert await pinned(scene, ann, room) == ["one"]
    with pytest.raises(MessageNotFound):
        await pin(scene, moderator, in_chat)


async def test_in_a_direct_chat_both_pin_unless_one_is_blocked(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    chat, _ = await scene.conversations.service.open_direct(ann, ben.user_id)
    one, two = await scene.say(ann, chat, "one", "two")
    await pin(scene, ann, one)
    await pin(scene, ben, two)
    await scene.conversations.blocks.block(ann, ben.user_id)

    with pytest.raises(MayNotPin):
        await pin(scene, ben, one, is_pinned=False)
    assert await pinned(scene, ben, chat) == ["two", "one"]


async def test_a_conversation_has_so_many_pins(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    messages = await scene.say(ann, room, *map(str, range(MAX_PINS_PER_CONVERSATION + 1)))
    for message in messages[:-1]:
        await pin(scene, ann, message)

    with pytest.raises(TooManyPins):
        await pin(scene, ann, messages[-1])
    await scene.service.delete_message(ann, messages[0].id)
    await pin(scene, ann, messages[-1])
    assert len(await pinned(scene, ann, room)) == MAX_PINS_PER_CONVERSATION


async def test_a_deleted_message_loses_its_pin_and_gets_none(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (message,) = await scene.say(ann, room, "one")
    await pin(scene, ann, message)
    deleted = await scene.service.delete_message(ann, message.id)

    with pytest.raises(AlreadyDeleted):
        await pin(scene, ann, message)
    await pin(scene, ann, message, is_pinned=False)
    assert not deleted.pinned
    assert await pinned(scene, ann, room) == []
    assert await scene.changes(room) == ["message_pinned", "message_deleted"]


async def test_an_archived_rooms_pins_stay_as_they_are(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    one, two = await scene.say(ann, room, "one", "two")
    await pin(scene, ann, one)
    await scene.archive(ann, room)

    with pytest.raises(ConversationArchived):
        await pin(scene, ann, two)
    with pytest.raises(ConversationArchived):
        await pin(scene, ann, one, is_pinned=False)
    assert await pinned(scene, ann, room) == ["one"]


async def test_who_is_muted_pins_nothing_and_who_is_banned_changes_nothing(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    one, two = await scene.say(ann, room, "one", "two")
    await pin(scene, ann, one)
    await restrict(scene.database, ann.user_id, muted_until=FOREVER)

    with pytest.raises(Muted):
        await pin(scene, ann, two)
    await pin(scene, ann, one, is_pinned=False)
    await restrict(scene.database, ann.user_id, banned_until=FOREVER)
    with pytest.raises(Banned):
        await pin(scene, ann, one, is_pinned=False, client_id="k")
    assert await scene.changes(room) == ["message_pinned", "message_pinned"]
