"""Who is blocked: no direct message is stored after the block's commit, and no way around it."""

from __future__ import annotations

import asyncio

import pytest

from causerie.conversations import ConversationView, NotAllowed
from causerie.foundation.errors import Forbidden, Invalid, NotFound, Refusal
from causerie.foundation.identity import Principal
from causerie.messages import MayNotWrite
from tests.scenes.conversation import ConversationScene
from tests.scenes.node import NodeScene


async def chat_of(scene: ConversationScene, one: Principal, other: Principal) -> ConversationView:
    view, _ = await scene.conversations.service.open_direct(one, other.user_id)
    return view


async def test_the_blocked_writes_and_edits_nothing_and_the_blocker_may(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    chat = await chat_of(scene, ben, ann)
    message = (await scene.send(ben, chat)).message
    await scene.conversations.blocks.block(ann, ben.user_id)

    with pytest.raises(MayNotWrite):
        await scene.send(ben, chat)
    with pytest.raises(MayNotWrite):
        await scene.send(ben, chat, client_id="k")
    with pytest.raises(MayNotWrite):
        await scene.service.edit_message(ben, message.id, content="pest")
    assert (await scene.send(ann, chat)).is_new
    page = await scene.conversations.service.members(ben, chat.address)
    assert {member.role.value for member in page.items} == {"member"}


async def test_who_is_unblocked_writes_again(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    chat = await chat_of(scene, ben, ann)
    await scene.conversations.blocks.block(ann, ben.user_id)
    await scene.conversations.blocks.block(ben, ann.user_id)
    await scene.conversations.blocks.unblock(ann, ben.user_id)

    assert (await scene.send(ben, chat)).is_new
    with pytest.raises(MayNotWrite):  # Ben's block stands for itself.
        await scene.send(ann, chat)


async def test_nothing_is_stored_after_a_blocks_commit(
    scene: ConversationScene, other_node: ConversationScene
) -> None:
    ann, ben = await scene.people("ann", "ben")
    chat = await chat_of(scene, ben, ann)
    room = await scene.room(ben)
    is_over = asyncio.Event()
    refusals: list[Refusal] = []
    in_the_room: list[int] = []

    async def talk(node: ConversationScene) -> None:
        while not is_over.is_set():
            try:
                await node.send(ben, chat)
            except Refusal as refusal:
                refusals.append(refusal)
            in_the_room.append((await node.send(ben, room)).message.seq)

    async with asyncio.TaskGroup() as group:
        for node in (scene, other_node) * 4:
            group.create_task(talk(node))
        async with asyncio.timeout(60):
            while len(in_the_room) < 20:
                await asyncio.sleep(0)
            await scene.conversations.blocks.block(ann, ben.user_id)
            at_the_commit = len(await scene.seqs(chat))
            said_then = len(in_the_room)
            while len(refusals) < 20:
                await asyncio.sleep(0)
        is_over.set()

    assert len(await scene.seqs(chat)) == at_the_commit
    assert len(in_the_room) > said_then  # the control: elsewhere they went on
    assert {type(refusal) for refusal in refusals} == {MayNotWrite}


async def test_the_blocked_opens_no_chat_and_invites_nowhere(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ben)
    await scene.conversations.blocks.block(ann, ben.user_id)
    conversations = scene.conversations.service

    with pytest.raises(NotAllowed):
        await conversations.open_direct(ben, ann.user_id)
    with pytest.raises(NotAllowed):
        await conversations.add_members(ben, room.address, [ann.user_id])
    with pytest.raises(NotAllowed):
        await scene.room(ben, ann, name="another")
    assert await conversations.snapshot(ann.user_id) == []


async def test_who_opens_a_chat_with_one_they_have_blocked_hears_nothing_back(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    await scene.conversations.blocks.block(ann, ben.user_id)
    chat = await chat_of(scene, ann, ben)

    assert (await scene.send(ann, chat)).is_new
    with pytest.raises(MayNotWrite):
        await scene.send(ben, chat)


async def test_opening_a_chat_and_blocking_at_once_leaves_no_way_through(
    scene: ConversationScene,
) -> None:
    for number in range(10):
        ann, ben = await scene.people(f"ann{number}", f"ben{number}")
        opened, _ = await asyncio.gather(
            scene.conversations.service.open_direct(ben, ann.user_id),
            scene.conversations.blocks.block(ann, ben.user_id),
            return_exceptions=True,
        )
        if isinstance(opened, BaseException):
            assert isinstance(opened, NotAllowed)
        else:
            with pytest.raises(Forbidden):
                await scene.send(ben, opened[0])


async def test_a_block_is_of_another_who_exists(scene: ConversationScene) -> None:
    ann = await scene.person("ann")

    with pytest.raises(Invalid):
        await scene.conversations.blocks.block(ann, ann.user_id)
    with pytest.raises(NotFound):
        await scene.conversations.blocks.block(ann, 10**9)


async def test_blocks_over_http_are_a_list_of_ones_own(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    path = f"/api/v2/blocks/{ben.id}"
    blocked = [await node.call("PUT", path, user=ann) for _ in range(2)]
    listed = (await node.call("GET", "/api/v2/blocks", user=ann)).json()["items"]
    theirs = (await node.call("GET", "/api/v2/blocks", user=ben)).json()["items"]
    body = {"kind": "direct", "members": [ann.id]}
    refused = await node.call("POST", "/api/v2/conversations", body, user=ben)
    unblocked = [await node.call("DELETE", path, user=ann) for _ in range(2)]

    assert [answer.status for answer in blocked + unblocked] == [204] * 4
    assert [item["user"]["username"] for item in listed] == ["ben"]
    assert theirs == []
    assert (refused.status, refused.json()["code"]) == (403, "forbidden")
    assert (await node.call("POST", "/api/v2/conversations", body, user=ben)).status == 201
