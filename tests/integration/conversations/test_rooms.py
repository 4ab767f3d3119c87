"""Rooms: creating, coming, going, and who may."""

from __future__ import annotations

import asyncio

import pytest

from causerie.conversations import (
    ConversationArchived,
    ConversationOpened,
    MemberJoined,
    MemberLeft,
    MemberRole,
    NameTaken,
    NotAllowed,
    NotAMember,
    RoomName,
    Settings,
    TooManyConversations,
    Visibility,
)
from causerie.foundation.errors import Invalid, NotFound
from tests.integration.conversations.conftest import GUEST, MAX_CONVERSATIONS, Scene

# --- creating ---------------------------------------------------------------------------------------


async def test_the_creator_of_a_room_owns_it_and_is_told(scene: Scene) -> None:
    ann = await scene.person("ann")

    view = await scene.service.create_room(ann, name="General", topic="All and nothing")

    assert (view.name, view.topic, view.visibility) == ("General", "All and nothing", "public")
    assert (view.role, view.member_count, view.last_seq, view.rev) == (MemberRole.OWNER, 1, 0, 0)
    assert scene.facts == [ConversationOpened(ann.user_id, view)]


async def test_those_named_at_the_creation_are_members_from_the_start(scene: Scene) -> None:
    ann, ben, cay = await scene.people("ann", "ben", "cay")

    view = await scene.service.create_room(
        ann, name="team", visibility=Visibility.PRIVATE, members=[cay.user_id, ben.user_id]
    )

    assert view.member_count == 3
    opened = {fact.viewer: fact.view.role for fact in scene.told(ConversationOpened)}
    assert opened == {
        ann.user_id: MemberRole.OWNER,
        ben.user_id: MemberRole.MEMBER,
        cay.user_id: MemberRole.MEMBER,
    }
    assert await scene.revs_of(view.address) == []


async def test_a_room_with_someone_who_does_not_exist_is_not_made(scene: Scene) -> None:
    ann = await scene.person("ann")

    with pytest.raises(NotFound, match="user"):
        await scene.service.create_room(ann, name="team", members=[999])
    assert await scene.service.snapshot(ann.user_id) == []
    assert scene.facts == []


async def test_guests_create_no_rooms(scene: Scene) -> None:
    guest = await scene.person("guest", GUEST)

    with pytest.raises(NotAllowed):
        await scene.service.create_room(guest, name="mine")


async def test_names_are_unique_without_case_over_private_rooms_too(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    await scene.service.create_room(ann, name="Team", visibility=Visibility.PRIVATE)

    with pytest.raises(NameTaken):
        await scene.service.create_room(ben, name="tEAM")


async def test_of_many_creations_with_one_name_at_once_one_succeeds(scene: Scene) -> None:
    people = await scene.people(*(f"p{n}" for n in range(10)))

    outcomes = await asyncio.gather(
        *(scene.service.create_room(who, name="Team") for who in people), return_exceptions=True
    )

    assert sum(isinstance(outcome, NameTaken) for outcome in outcomes) == 9
    assert len(scene.told(ConversationOpened)) == 1


async def test_a_room_with_a_wrong_name_or_topic_is_not_made(scene: Scene) -> None:
    ann = await scene.person("ann")

    with pytest.raises(Invalid, match="name"):
        await scene.service.create_room(ann, name="a b")
    with pytest.raises(Invalid, match="topic"):
        await scene.service.create_room(ann, name="a", topic="\x00")


async def test_nobody_is_in_more_conversations_than_anyone_may_be(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    other = await scene.service.create_room(ben, name="other")
    for n in range(MAX_CONVERSATIONS):
        await scene.service.create_room(ann, name=f"r{n}")

    with pytest.raises(TooManyConversations):
        await scene.service.create_room(ann, name="more")
    with pytest.raises(TooManyConversations):
        await scene.service.join(ann, other.address)
    with pytest.raises(TooManyConversations):
        await scene.service.open_direct(ann, ben.user_id)
    assert len(await scene.service.snapshot(ann.user_id)) == MAX_CONVERSATIONS


# --- joining ----------------------------------------------------------------------------------------


async def test_who_joins_has_read_everything_and_others_are_told(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general")
    await scene.write_messages(room, 7)
    scene.facts.clear()

    view = await scene.service.join(ben, room.address)

    assert (view.read_seq, view.unread, view.last_seq, view.member_count) == (7, 0, 7, 2)
    joined, opened = scene.facts
    assert isinstance(joined, MemberJoined)
    assert (joined.user.username, joined.rev, joined.after_seq) == ("ben", 1, 7)
    assert opened == ConversationOpened(ben.user_id, view)
    assert view == (await scene.service.snapshot(ben.user_id))[0]


async def test_joining_again_changes_nothing_and_tells_nothing(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general")
    first = await scene.service.join(ben, room.address)
    scene.facts.clear()

    again = await scene.service.join(ben, room.address)

    assert again == first
    assert scene.facts == []
    assert await scene.revs_of(room.address) == [1]


async def test_a_room_is_joined_by_its_name_in_whatever_case(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="General")

    view = await scene.service.join(ben, RoomName("gENERAL"))

    assert view.id == room.id


async def test_a_name_that_no_room_has_is_not_found(scene: Scene) -> None:
    ann = await scene.person("ann")

    for name in ("nowhere", "", "a b", "a\x00b", "\ud800"):
        with pytest.raises(NotFound):
            await scene.service.join(ann, RoomName(name))


async def test_fifty_joins_at_once_are_all_counted_and_numbered(scene: Scene) -> None:
    ann, *others = await scene.people("ann", *(f"p{n}" for n in range(50)))
    room = await scene.service.create_room(ann, name="general")

    await asyncio.gather(*(scene.service.join(who, room.address) for who in others))

    view = await scene.service.get(ann, room.address)
    assert (view.member_count, view.rev) == (51, 50)
    assert await scene.revs_of(room.address) == list(range(1, 51))
    assert sorted(fact.rev for fact in scene.told(MemberJoined)) == list(range(1, 51))


async def test_comings_and_goings_beside_messages_do_not_deadlock(scene: Scene) -> None:
    ann, *others = await scene.people("ann", *(f"p{n}" for n in range(8)))
    room = await scene.service.create_room(ann, name="general")

    async def come_and_go(n: int) -> None:
        for _ in range(5):
            await scene.service.join(others[n], room.address)
            await scene.write_messages(room, 1)
            await scene.service.mark_read(others[n], room.address, 1)
            await scene.service.leave(others[n], room.address)

    await asyncio.gather(*(come_and_go(n) for n in range(8)))

    view = await scene.service.get(ann, room.address)
    assert (view.member_count, view.last_seq, view.rev) == (1, 40, 80)
    assert await scene.revs_of(room.address) == list(range(1, 81))


async def test_the_first_to_enter_an_empty_room_owns_it(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general")
    await scene.service.leave(ann, room.address)

    view = await scene.service.join(ben, room.address)

    assert view.role is MemberRole.OWNER


async def test_an_archived_room_takes_no_new_members(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general")
    await scene.service.update(ann, room.address, Settings(archived=True))

    with pytest.raises(ConversationArchived):
        await scene.service.join(ben, room.address)
    with pytest.raises(ConversationArchived):
        await scene.service.add_members(ann, room.address, [ben.user_id])


# --- leaving ----------------------------------------------------------------------------------------


async def test_who_leaves_is_gone_and_all_are_told(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general")
    await scene.service.join(ben, room.address)
    scene.facts.clear()

    view = await scene.service.leave(ben, room.address)

    assert (view.role, view.member_count, view.unread, view.rev) == (None, 1, 0, 2)
    (left,) = scene.facts
    assert isinstance(left, MemberLeft)
    assert (left.user.id, left.rev) == (ben.user_id, 2)
    assert await scene.service.snapshot(ben.user_id) == []


async def test_leaving_again_changes_nothing_also_in_a_private_room(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(
        ann, name="team", visibility=Visibility.PRIVATE, members=[ben.user_id]
    )
    await scene.service.leave(ben, room.address)
    await scene.service.update(ann, room.address, Settings(topic="a secret"))
    scene.facts.clear()

    again = await scene.service.leave(ben, room.address)

    assert scene.facts == []
    assert (again.id, again.topic, again.member_count, again.last_seq) == (room.id, "", 0, 0)


async def test_leaving_a_public_room_one_never_was_in_changes_nothing(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general")
    scene.facts.clear()

    view = await scene.service.leave(ben, room.address)

    assert (view.role, view.member_count, view.rev) == (None, 1, 0)
    assert scene.facts == []


# --- seeing -----------------------------------------------------------------------------------------


async def test_strangers_see_a_public_room_and_not_who_is_in_it(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general", topic="All")
    await scene.write_messages(room, 3)

    view = await scene.service.get(ben, room.address)

    assert (view.name, view.topic, view.member_count) == ("general", "All", 1)
    assert (view.role, view.read_seq, view.unread) == (None, 0, 0)
    with pytest.raises(NotAMember):
        await scene.service.members(ben, room.address)
    with pytest.raises(NotAMember):
        await scene.service.mark_read(ben, room.address, 1)


async def test_a_private_room_does_not_exist_for_strangers_whatever_they_try(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="team", visibility=Visibility.PRIVATE)
    service, address = scene.service, room.address

    outcomes: list[object] = await asyncio.gather(
        service.get(ben, address),
        service.members(ben, address),
        service.join(ben, address),
        service.join(ben, RoomName("team")),
        service.leave(ben, address),
        service.mark_read(ben, address, 1),
        service.update(ben, address, Settings(topic="mine")),
        service.add_members(ben, address, [ben.user_id]),
        service.remove_member(ben, address, ann.user_id),
        service.change_role(ben, address, ben.user_id, MemberRole.OWNER),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [NotFound] * 10
    assert {str(outcome) for outcome in outcomes} == {"No such conversation"}


async def test_an_id_with_another_kinds_prefix_is_not_found(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.service.create_room(ann, name="general")
    chat, _ = await scene.service.open_direct(ann, ben.user_id)

    for wrong in (
        room.address._replace(kind=chat.kind),
        chat.address._replace(kind=room.kind),
    ):
        for attempt in (
            scene.service.get(ann, wrong),
            scene.service.join(ann, wrong),
            scene.service.mark_read(ann, wrong, 1),
        ):
            with pytest.raises(NotFound):
                await attempt


async def test_rooms_are_found_by_a_part_of_their_names_best_first(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    for name in ("a_b", "a-b", "xA_B", "a_bc"):
        await scene.service.create_room(ann, name=name)
    await scene.service.create_room(ben, name="a_b-secret", visibility=Visibility.PRIVATE)
    old = await scene.service.create_room(ben, name="a_b-old")
    await scene.service.update(ben, old.address, Settings(archived=True))

    found = await scene.service.search_rooms(ben, "A_b")

    assert [view.name for view in found] == ["a_b", "a_bc", "xA_B"]


async def test_what_is_part_of_no_name_finds_nothing(scene: Scene) -> None:
    ann = await scene.person("ann")
    await scene.service.create_room(ann, name="general")

    found = [await scene.service.search_rooms(ann, p) for p in ("%", "a\x00", "\ud800", "x" * 65)]

    assert found == [[], [], [], []]
    assert len(await scene.service.search_rooms(ann, "")) == 1


async def test_members_are_listed_in_pages(scene: Scene) -> None:
    ann, ben, cay = await scene.people("ann", "ben", "cay")
    room = await scene.service.create_room(ann, name="team", members=[ben.user_id, cay.user_id])

    first = await scene.service.members(ben, room.address, limit=2)
    rest = await scene.service.members(ben, room.address, after=ben.user_id, limit=2)

    assert [(m.person.username, m.role) for m in first.items] == [
        ("ann", "owner"),
        ("ben", "member"),
    ]
    assert first.has_more
    assert [m.person.display_name for m in rest.items] == ["Cay"]
    assert not rest.has_more


async def test_a_page_of_members_has_a_sane_limit(scene: Scene) -> None:
    ann = await scene.person("ann")
    room = await scene.service.create_room(ann, name="general")

    for limit in (0, -1, 5001):
        with pytest.raises(Invalid, match="limit"):
            await scene.service.members(ann, room.address, limit=limit)
