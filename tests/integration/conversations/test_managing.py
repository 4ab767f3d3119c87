"""Managing a room: who may put people in and out, give roles, rename and archive."""

from __future__ import annotations

import asyncio

import pytest

from causerie.conversations import (
    ConversationOpened,
    ConversationUpdated,
    ConversationView,
    LastOwner,
    MemberJoined,
    MemberLeft,
    MemberRole,
    NameTaken,
    NotAllowed,
    NotAMember,
    NotARoom,
    RoleGiven,
    Settings,
    Visibility,
)
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.identity import Principal, Rev
from tests.integration.conversations.conftest import MODERATOR, Scene


class Room:
    """A private room with an owner, an admin and two members, and what was told since."""

    def __init__(self, scene: Scene, view: ConversationView, people: list[Principal]) -> None:
        self.scene = scene
        self.service = scene.service
        self.view = view
        self.address = view.address
        self.owner, self.admin, self.member, self.reader, self.stranger = people

    async def role_of(self, who: Principal) -> MemberRole | None:
        view = await self.service.membership(self.view.id, who.user_id)
        return None if view is None else view.role


@pytest.fixture
async def room(scene: Scene) -> Room:
    people = await scene.people("owner", "admin", "member", "reader", "stranger")
    owner, admin, member, reader, _ = people
    view = await scene.service.create_room(
        owner,
        name="team",
        visibility=Visibility.PRIVATE,
        members=[p.user_id for p in (admin, member, reader)],
    )
    for person, role in ((admin, MemberRole.ADMIN), (reader, MemberRole.READ_ONLY)):
        await scene.service.change_role(owner, view.address, person.user_id, role)
    scene.facts.clear()
    return Room(scene, view, people)


# --- inviting ---------------------------------------------------------------------------------------


async def test_an_invited_user_sees_the_private_room_and_has_read_it(room: Room) -> None:
    await room.scene.write_messages(room.view, 4)

    await room.service.add_members(room.admin, room.address, [room.stranger.user_id])

    (view,) = await room.service.snapshot(room.stranger.user_id)
    assert (view.id, view.role, view.unread, view.member_count) == (room.view.id, "member", 0, 5)
    assert room.scene.told(ConversationOpened) == [ConversationOpened(room.stranger.user_id, view)]


async def test_several_invited_at_once_are_a_change_each(room: Room) -> None:
    new = await room.scene.people("x", "y", "z")
    known = room.member.user_id

    view = await room.service.add_members(
        room.owner, room.address, [known, *(p.user_id for p in new), new[0].user_id]
    )

    assert [(f.user.username, f.rev) for f in room.scene.told(MemberJoined)] == [
        ("x", 3),
        ("y", 4),
        ("z", 5),
    ]
    assert {f.view.rev for f in room.scene.told(ConversationOpened)} == {Rev(5)}
    assert (view.rev, view.member_count) == (5, 7)
    assert await room.scene.revs_of(room.address) == [1, 2, 3, 4, 5]


async def test_members_and_readers_invite_nobody(room: Room) -> None:
    for who in (room.member, room.reader):
        with pytest.raises(NotAllowed):
            await room.service.add_members(who, room.address, [room.stranger.user_id])


async def test_who_does_not_exist_is_not_invited_and_neither_are_the_others(room: Room) -> None:
    with pytest.raises(NotFound, match="user"):
        await room.service.add_members(room.owner, room.address, [room.stranger.user_id, 10**9])
    with pytest.raises(Invalid, match="user_ids"):
        await room.service.add_members(room.owner, room.address, [0])
    assert await room.role_of(room.stranger) is None


# --- putting out ------------------------------------------------------------------------------------


async def test_a_member_who_is_put_out_is_out(room: Room) -> None:
    await room.service.remove_member(room.admin, room.address, room.member.user_id)

    assert await room.role_of(room.member) is None
    (left,) = room.scene.told(MemberLeft)
    assert (left.user.username, left.rev) == ("member", 3)
    with pytest.raises(NotFound):
        await room.service.get(room.member, room.address)


async def test_putting_out_again_changes_nothing(room: Room) -> None:
    await room.service.remove_member(room.admin, room.address, room.member.user_id)

    again = await room.service.remove_member(room.admin, room.address, room.member.user_id)

    assert again.rev == 3
    assert len(room.scene.facts) == 1


async def test_who_never_was_a_member_cannot_be_put_out(room: Room) -> None:
    with pytest.raises(NotFound, match="member"):
        await room.service.remove_member(room.owner, room.address, room.stranger.user_id)


async def test_admins_lead_members_and_only_owners_lead_admins(room: Room) -> None:
    with pytest.raises(NotAllowed):
        await room.service.remove_member(room.admin, room.address, room.owner.user_id)
    with pytest.raises(NotAllowed):
        await room.service.remove_member(room.member, room.address, room.reader.user_id)
    await room.service.remove_member(room.admin, room.address, room.reader.user_id)
    await room.service.remove_member(room.owner, room.address, room.admin.user_id)

    members = await room.service.members(room.owner, room.address)
    assert [m.person.username for m in members.items] == ["owner", "member"]


async def test_to_put_oneself_out_is_to_leave(room: Room) -> None:
    await room.service.remove_member(room.reader, room.address, room.reader.user_id)

    assert await room.role_of(room.reader) is None


# --- owners -----------------------------------------------------------------------------------------


async def test_the_room_of_an_owner_who_leaves_falls_to_the_admin(room: Room) -> None:
    view = await room.service.leave(room.owner, room.address)

    assert await room.role_of(room.admin) is MemberRole.OWNER
    left, given, updated = room.scene.facts
    assert isinstance(left, MemberLeft)
    assert given == RoleGiven(room.view.id, room.view.kind, room.admin.user_id, MemberRole.OWNER)
    assert isinstance(updated, ConversationUpdated)
    assert (left.rev, updated.rev, updated.member_count, view.rev) == (3, 4, 3, 4)


async def test_without_an_admin_it_falls_to_the_member_who_is_there_longest(room: Room) -> None:
    late = await room.scene.person("late")
    await room.service.add_members(room.owner, room.address, [late.user_id])
    await room.service.remove_member(room.owner, room.address, room.admin.user_id)

    await room.service.leave(room.owner, room.address)

    assert await room.role_of(room.member) is MemberRole.OWNER
    assert await room.role_of(late) is MemberRole.MEMBER


async def test_the_last_owner_stays_one_until_there_is_another(room: Room) -> None:
    with pytest.raises(LastOwner):
        await room.service.change_role(
            room.owner, room.address, room.owner.user_id, MemberRole.MEMBER
        )
    await room.service.change_role(room.owner, room.address, room.admin.user_id, MemberRole.OWNER)

    await room.service.change_role(room.owner, room.address, room.owner.user_id, MemberRole.MEMBER)

    assert await room.role_of(room.owner) is MemberRole.MEMBER


async def test_two_owners_who_step_down_at_once_leave_one(room: Room) -> None:
    await room.service.change_role(room.owner, room.address, room.admin.user_id, MemberRole.OWNER)

    outcomes = await asyncio.gather(
        *(
            room.service.change_role(who, room.address, who.user_id, MemberRole.MEMBER)
            for who in (room.owner, room.admin)
        ),
        return_exceptions=True,
    )

    assert [type(o) for o in outcomes if isinstance(o, Exception)] == [LastOwner]


# --- roles ------------------------------------------------------------------------------------------


async def test_a_role_that_is_given_is_told_and_counts_at_once(room: Room) -> None:
    await room.service.snapshot(room.member.user_id)  # remembered as a member who may send

    member = await room.service.change_role(
        room.admin, room.address, room.member.user_id, MemberRole.READ_ONLY
    )

    assert (member.person.username, member.role) == ("member", "read_only")
    assert [type(fact) for fact in room.scene.facts] == [RoleGiven, ConversationUpdated]
    assert room.service.membership_now(room.view.id, room.member.user_id) is None
    found = await room.service.membership(room.view.id, room.member.user_id)
    assert found is not None
    assert not found.may_send


async def test_the_role_one_has_already_is_no_change(room: Room) -> None:
    await room.service.change_role(room.owner, room.address, room.admin.user_id, MemberRole.ADMIN)

    assert room.scene.facts == []


async def test_admins_make_no_admins_or_owners(room: Room) -> None:
    for role in (MemberRole.OWNER, MemberRole.ADMIN):
        with pytest.raises(NotAllowed):
            await room.service.change_role(room.admin, room.address, room.member.user_id, role)


async def test_strangers_have_no_role_to_change(room: Room) -> None:
    with pytest.raises(NotFound, match="member"):
        await room.service.change_role(
            room.owner, room.address, room.stranger.user_id, MemberRole.ADMIN
        )


# --- names, topics, archives ------------------------------------------------------------------------


async def test_a_change_of_several_settings_is_one_change(room: Room) -> None:
    settings = Settings(name="crew", topic="New", visibility=Visibility.PUBLIC)

    view = await room.service.update(room.admin, room.address, settings)

    assert (view.name, view.topic, view.visibility, view.rev) == ("crew", "New", "public", 3)
    (updated,) = room.scene.facts
    assert isinstance(updated, ConversationUpdated)
    assert (updated.name, updated.topic, updated.visibility) == ("crew", "New", "public")
    assert (await room.service.get(room.stranger, room.address)).name == "crew"


async def test_settings_that_are_so_already_are_no_change(room: Room) -> None:
    view = await room.service.update(room.owner, room.address, Settings(name="team", topic=""))

    assert view.rev == 2
    assert room.scene.facts == []


async def test_a_room_may_change_the_case_of_its_own_name(room: Room) -> None:
    view = await room.service.update(room.owner, room.address, Settings(name="TEAM"))

    assert view.name == "TEAM"


async def test_a_name_that_another_room_has_is_taken_and_nothing_is_changed(room: Room) -> None:
    await room.service.create_room(room.stranger, name="other")

    with pytest.raises(NameTaken):
        await room.service.update(room.owner, room.address, Settings(name="OTHER", topic="x"))

    view = await room.service.get(room.owner, room.address)
    assert (view.name, view.topic, view.rev) == ("team", "", 2)


async def test_a_topic_of_250_characters_of_any_script_is_stored(room: Room) -> None:
    view = await room.service.update(room.owner, room.address, Settings(topic="🚀" * 250))

    assert view.topic == "🚀" * 250


async def test_only_owners_archive_and_all_know_at_once(room: Room) -> None:
    await room.service.snapshot(room.member.user_id)
    with pytest.raises(NotAllowed):
        await room.service.update(room.admin, room.address, Settings(archived=True))

    await room.service.update(room.owner, room.address, Settings(archived=True))

    assert room.service.membership_now(room.view.id, room.member.user_id) is None
    found = await room.service.membership(room.view.id, room.member.user_id)
    assert found is not None
    assert not found.may_send
    back = await room.service.update(room.owner, room.address, Settings(archived=False))
    assert not back.archived


async def test_members_change_no_settings(room: Room) -> None:
    with pytest.raises(NotAllowed):
        await room.service.update(room.member, room.address, Settings(topic="mine"))


# --- those who manage any room ----------------------------------------------------------------------


async def test_a_moderator_manages_public_rooms_as_an_owner_would(room: Room) -> None:
    moderator = await room.scene.person("moderator", MODERATOR)
    await room.service.update(room.owner, room.address, Settings(visibility=Visibility.PUBLIC))

    await room.service.remove_member(moderator, room.address, room.owner.user_id)
    await room.service.update(moderator, room.address, Settings(archived=True))

    assert await room.role_of(room.admin) is MemberRole.OWNER


async def test_a_moderator_who_is_a_stranger_does_not_see_private_rooms(room: Room) -> None:
    moderator = await room.scene.person("moderator", MODERATOR)

    with pytest.raises(NotFound):
        await room.service.get(moderator, room.address)
    with pytest.raises(NotFound):
        await room.service.update(moderator, room.address, Settings(archived=True))


async def test_strangers_do_not_manage_a_public_room(room: Room) -> None:
    await room.service.update(room.owner, room.address, Settings(visibility=Visibility.PUBLIC))

    with pytest.raises(NotAMember):
        await room.service.update(room.stranger, room.address, Settings(topic="mine"))


async def test_a_direct_chat_is_not_managed(room: Room) -> None:
    chat, _ = await room.service.open_direct(room.owner, room.member.user_id)

    for attempt in (
        room.service.update(room.owner, chat.address, Settings(topic="ours")),
        room.service.add_members(room.owner, chat.address, [room.admin.user_id]),
        room.service.remove_member(room.owner, chat.address, room.member.user_id),
        room.service.change_role(room.owner, chat.address, room.member.user_id, MemberRole.ADMIN),
    ):
        with pytest.raises(NotARoom):
            await attempt
