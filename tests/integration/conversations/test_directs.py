"""Direct chats: one for each pair, for nobody else, for good."""

from __future__ import annotations

import asyncio

import pytest

from causerie.conversations import ConversationOpened, NotARoom
from causerie.foundation.errors import Invalid, NotFound
from tests.integration.conversations.conftest import GUEST, Scene


async def test_each_side_of_a_direct_chat_sees_the_other(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")

    view, is_new = await scene.service.open_direct(ann, ben.user_id)

    assert is_new
    assert (view.kind, view.name, view.visibility, view.member_count) == (
        "direct",
        None,
        "private",
        2,
    )
    opened = {fact.viewer: fact.view.peer for fact in scene.told(ConversationOpened)}
    assert {viewer: peer.username for viewer, peer in opened.items() if peer} == {
        ann.user_id: "ben",
        ben.user_id: "ann",
    }
    assert [view] == await scene.service.snapshot(ann.user_id)


async def test_a_pair_has_one_chat_whoever_opens_it(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    first, _ = await scene.service.open_direct(ann, ben.user_id)
    scene.facts.clear()

    again, is_new = await scene.service.open_direct(ben, ann.user_id)

    assert (again.id, is_new) == (first.id, False)
    assert scene.facts == []


async def test_both_opening_it_many_times_at_once_make_one_chat(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")

    outcomes = await asyncio.gather(
        *(scene.service.open_direct(ann, ben.user_id) for _ in range(5)),
        *(scene.service.open_direct(ben, ann.user_id) for _ in range(5)),
    )

    assert len({view.id for view, _ in outcomes}) == 1
    assert sum(is_new for _, is_new in outcomes) == 1
    assert len(scene.told(ConversationOpened)) == 2


async def test_guests_open_direct_chats(scene: Scene) -> None:
    ann = await scene.person("ann")
    guest = await scene.person("guest", GUEST)

    _, is_new = await scene.service.open_direct(guest, ann.user_id)

    assert is_new


async def test_an_id_that_no_user_can_have_is_invalid(scene: Scene) -> None:
    ann = await scene.person("ann")

    for peer in (0, 2**63):
        with pytest.raises(Invalid, match="members"):
            await scene.service.open_direct(ann, peer)


async def test_there_is_no_chat_with_oneself_or_with_nobody(scene: Scene) -> None:
    ann = await scene.person("ann")

    with pytest.raises(Invalid, match="members"):
        await scene.service.open_direct(ann, ann.user_id)
    with pytest.raises(NotFound, match="user"):
        await scene.service.open_direct(ann, 2**63 - 1)


async def test_a_strangers_direct_chat_does_not_exist(scene: Scene) -> None:
    ann, ben, cay = await scene.people("ann", "ben", "cay")
    chat, _ = await scene.service.open_direct(ann, ben.user_id)

    for attempt in (
        scene.service.get(cay, chat.address),
        scene.service.join(cay, chat.address),
        scene.service.leave(cay, chat.address),
        scene.service.members(cay, chat.address),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_direct_chat_is_never_left_and_joining_it_is_harmless(scene: Scene) -> None:
    ann, ben = await scene.people("ann", "ben")
    chat, _ = await scene.service.open_direct(ann, ben.user_id)

    with pytest.raises(NotARoom):
        await scene.service.leave(ann, chat.address)

    assert await scene.service.join(ann, chat.address) == chat
