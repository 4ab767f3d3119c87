"""The same write sent twice happens once, and is answered with the object as it is now."""

from __future__ import annotations

import asyncio

import pytest

from causerie.conversations import (
    ConversationOpened,
    MemberRole,
    NameTaken,
    ReadPosition,
    Settings,
    Visibility,
)
from causerie.foundation.errors import Conflict
from causerie.foundation.identity import Seq
from tests.integration.conversations.conftest import Scene


async def test_a_room_created_twice_with_one_key_is_one_room(scene: Scene) -> None:
    ann = await scene.person("ann")
    first = await scene.service.create_room(ann, name="general", key="k")
    await scene.service.update(ann, first.address, Settings(topic="New"))

    again = await scene.service.create_room(ann, name="general", key="k")

    assert (again.id, again.topic, again.role) == (first.id, "New", MemberRole.OWNER)
    assert len(scene.told(ConversationOpened)) == 1


async def test_the_same_creation_ten_times_at_once_is_one_room(scene: Scene) -> None:
    ann = await scene.person("ann")

    views = await asyncio.gather(
        *(scene.service.create_room(ann, name="general", key="k") for _ in range(10))
    )

    assert len({view.id for view in views}) == 1
    assert len(scene.told(ConversationOpened)) == 1


async def test_a_key_belongs_to_its_user(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    await scene.service.create_room(ann, name="one", key="k")

    view = await scene.service.create_room(ben, name="two", key="k")

    assert view.name == "two"


async def test_a_key_used_for_something_else_is_a_conflict(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general", key="k")
    other = await scene.service.create_room(ann, name="other")

    for attempt in (
        scene.service.create_room(ann, name="another", key="k"),
        scene.service.create_room(ann, name="general", visibility=Visibility.PRIVATE, key="k"),
        scene.service.create_room(ann, name="general", members=[ben.user_id], key="k"),
        scene.service.open_direct(ann, ben.user_id, key="k"),
        scene.service.join(ann, room.address, key="k"),
        scene.service.leave(ann, other.address, key="k"),
        scene.service.mark_read(ann, room.address, 1, key="k"),
        scene.service.update(ann, room.address, Settings(topic="x"), key="k"),
        scene.service.add_members(ann, room.address, [ben.user_id], key="k"),
        scene.service.remove_member(ann, room.address, ben.user_id, key="k"),
        scene.service.change_role(ann, room.address, ann.user_id, MemberRole.ADMIN, key="k"),
    ):
        with pytest.raises(Conflict, match="key"):
            await attempt
    assert (await scene.service.get(ann, room.address)).rev == 0


async def test_a_key_of_a_write_that_was_refused_is_free(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    await scene.service.create_room(ben, name="taken")
    with pytest.raises(NameTaken):
        await scene.service.create_room(ann, name="taken", key="k")

    view = await scene.service.create_room(ann, name="free", key="k")

    assert view.name == "free"


async def test_a_join_replayed_after_leaving_does_not_join_again(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general")
    await scene.service.join(ben, room.address, key="in")
    await scene.service.leave(ben, room.address, key="out")

    again = await scene.service.join(ben, room.address, key="in")
    gone = await scene.service.leave(ben, room.address, key="out")

    assert (again.role, again.member_count) == (None, 1)
    assert gone == again
    assert await scene.revs_of(room.address) == [1, 2]


async def test_a_replay_shows_nothing_new_of_a_private_room_one_was_put_out_of(
    scene: Scene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="team")
    await scene.service.join(ben, room.address, key="in")
    await scene.service.remove_member(ann, room.address, ben.user_id)
    await scene.service.update(
        ann, room.address, Settings(topic="secret", visibility=Visibility.PRIVATE)
    )

    again = await scene.service.join(ben, room.address, key="in")

    assert (again.id, again.topic, again.member_count, again.rev) == (room.id, "", 0, 0)


async def test_replays_of_the_others_give_what_is_now(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    service = scene.service
    room = await service.create_room(ann, name="general")
    await scene.write_messages(room, 9)
    for _ in range(2):
        added = await service.add_members(ann, room.address, [ben.user_id], key="add")
        given = await service.change_role(
            ann, room.address, ben.user_id, MemberRole.ADMIN, key="role"
        )
        named = await service.update(ann, room.address, Settings(name="news"), key="name")
        read = await service.mark_read(ann, room.address, 5, key="read")
        chat, is_new = await service.open_direct(ann, ben.user_id, key="chat")
        scene.facts.clear()

    assert (added.name, added.member_count) == ("news", 2)
    assert (given.person.username, given.role) == ("ben", MemberRole.ADMIN)
    assert named.rev == 3
    assert read == ReadPosition(Seq(5), 4)
    assert (chat.peer is not None, is_new) == (True, False)
    assert await scene.revs_of(room.address) == [1, 2, 3]


async def test_a_write_goes_on_though_its_client_hangs_up(scene: Scene) -> None:
    ann = await scene.person("ann")
    waiter = asyncio.create_task(scene.service.create_room(ann, name="general"))
    while scene.completion.under_way == 0:
        await asyncio.sleep(0)

    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await scene.completion.drain(5)

    (view,) = await scene.service.snapshot(ann.user_id)
    assert scene.facts == [ConversationOpened(ann.user_id, view)]


async def test_of_a_write_that_is_rolled_back_nothing_is_told(scene: Scene) -> None:
    ann = await scene.person("ann")
    view = await scene.service.create_room(ann, name="general")
    scene.facts.clear()

    async def fail() -> None:
        async with scene.store.transaction() as tx:
            tx.tell(ConversationOpened(ann.user_id, view))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert scene.facts == []
