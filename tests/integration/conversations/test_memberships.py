"""What the process remembers of memberships is never older than what was announced."""

from __future__ import annotations

import asyncio

from typing_extensions import override

from causerie.conversations import ConversationView, MemberRole, Membership
from causerie.conversations.service.memberships import Memberships
from causerie.conversations.store import PostgresStore
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.postgres import Database
from tests.integration.conversations.conftest import Scene


class SlowStore(PostgresStore):
    """Reads at once, and hands over what it read when it is told to."""

    def __init__(self, database: Database, events: Events) -> None:
        super().__init__(database, events)
        self.has_read = asyncio.Event()
        self.may_answer = asyncio.Event()

    @override
    async def find_membership(
        self, conversation_id: ConversationId, user_id: UserId
    ) -> Membership | None:
        found = await super().find_membership(conversation_id, user_id)
        self.has_read.set()
        await self.may_answer.wait()
        return found

    @override
    async def views_of(self, user_id: UserId) -> list[ConversationView]:
        views = await super().views_of(user_id)
        self.has_read.set()
        await self.may_answer.wait()
        return views


async def test_what_was_asked_once_is_remembered(scene: Scene) -> None:
    ann = await scene.person("ann")
    room = await scene.service.create_room(ann, name="general")
    assert scene.service.membership_now(room.id, ann.user_id) is None

    found = await scene.service.membership(room.id, ann.user_id)

    assert found is not None
    assert found.role is MemberRole.OWNER
    assert scene.service.membership_now(room.id, ann.user_id) == found


async def test_a_snapshot_is_remembered_whole(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general")
    chat, _ = await scene.service.open_direct(ann, ben.user_id)

    await scene.service.snapshot(ann.user_id)

    for view in (room, chat):
        known = scene.service.membership_now(view.id, ann.user_id)
        assert known == view.membership(ann.user_id)


async def test_strangers_are_not_remembered_as_such(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general")
    assert await scene.service.membership(room.id, ben.user_id) is None

    await scene.service.join(ben, room.address)

    assert await scene.service.membership(room.id, ben.user_id) is not None


async def test_who_left_is_forgotten_at_once(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general", members=[ben.user_id])
    await scene.service.snapshot(ben.user_id)

    await scene.service.leave(ben, room.address)

    assert scene.service.membership_now(room.id, ben.user_id) is None
    assert await scene.service.membership(room.id, ben.user_id) is None


async def test_an_answer_from_before_a_leave_is_not_remembered_after_it(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general", members=[ben.user_id])
    for ask_all in (False, True):
        await scene.service.join(ben, room.address)
        slow = SlowStore(scene.database, scene.events)
        memberships = Memberships(slow, scene.events)
        work = (
            memberships.views_of(ben.user_id) if ask_all else memberships.find(room.id, ben.user_id)
        )
        asking: asyncio.Task[object] = asyncio.create_task(work)
        await slow.has_read.wait()
        await scene.service.leave(ben, room.address)
        slow.may_answer.set()

        assert await asking
        assert memberships.now(room.id, ben.user_id) is None


async def test_what_is_remembered_has_a_bound(scene: Scene) -> None:
    ann = await scene.person("ann")
    views = [await scene.service.create_room(ann, name=f"r{n}") for n in range(4)]
    memberships = Memberships(scene.store, scene.events, max_remembered=3)

    for view in views:
        await memberships.find(view.id, ann.user_id)

    known = [memberships.now(view.id, ann.user_id) is not None for view in views]
    assert known == [False, True, True, True]
