"""How far one has read: forward only, durable before the answer."""

from __future__ import annotations

import asyncio

import pytest

from causerie.conversations import Address, Kind, ReadMoved, ReadPosition
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.identity import ConversationId, Seq
from tests.integration.conversations.conftest import Scene


async def test_reading_moves_the_position_and_what_is_left(scene: Scene) -> None:
    ann = await scene.person("ann")
    room = await scene.service.create_room(ann, name="general")
    await scene.write_messages(room, 10)

    position = await scene.service.mark_read(ann, room.address, 4)

    assert position == ReadPosition(Seq(4), 6)
    (view,) = await scene.service.snapshot(ann.user_id)
    assert (view.read_seq, view.unread) == (4, 6)
    (moved,) = scene.told(ReadMoved)
    assert (moved.user_id, moved.seq, moved.member_count) == (ann.user_id, 4, 1)


async def test_reading_never_goes_back(scene: Scene) -> None:
    ann = await scene.person("ann")
    room = await scene.service.create_room(ann, name="general")
    await scene.write_messages(room, 10)
    await scene.service.mark_read(ann, room.address, 7)

    position = await scene.service.mark_read(ann, room.address, 3)

    assert position == ReadPosition(Seq(7), 3)
    assert [fact.seq for fact in scene.told(ReadMoved)] == [7]


async def test_reading_ends_at_the_newest_message(scene: Scene) -> None:
    ann = await scene.person("ann")
    room = await scene.service.create_room(ann, name="general")
    await scene.write_messages(room, 10)

    position = await scene.service.mark_read(ann, room.address, 2**63 - 1)

    assert position == ReadPosition(Seq(10), 0)


async def test_a_seq_that_no_message_can_have_is_invalid(scene: Scene) -> None:
    ann = await scene.person("ann")
    room = await scene.service.create_room(ann, name="general")

    for seq in (0, -1, 2**63):
        with pytest.raises(Invalid, match="seq"):
            await scene.service.mark_read(ann, room.address, seq)


async def test_what_does_not_exist_is_not_read(scene: Scene) -> None:
    ann = await scene.person("ann")

    with pytest.raises(NotFound):
        await scene.service.mark_read(ann, Address(Kind.ROOM, ConversationId(99)), 1)


async def test_several_devices_at_once_end_at_the_furthest(scene: Scene) -> None:
    ann = await scene.person("ann")
    room = await scene.service.create_room(ann, name="general")
    await scene.write_messages(room, 20)

    positions = await asyncio.gather(
        *(scene.service.mark_read(ann, room.address, n) for n in range(20, 0, -1))
    )

    (view,) = await scene.service.snapshot(ann.user_id)
    assert view.read_seq == 20
    for asked, position in zip(range(20, 0, -1), positions, strict=True):
        assert position.read_seq >= asked


async def test_read_positions_are_each_users_own(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    chat, _ = await scene.service.open_direct(ann, ben.user_id)
    await scene.write_messages(chat, 3)
    await scene.service.mark_read(ann, chat.address, 3)

    (view,) = await scene.service.snapshot(ben.user_id)

    assert (view.read_seq, view.unread) == (0, 3)
