"""History: pages by seq in both directions, for members only."""

from __future__ import annotations

from typing import Any

import pytest

from causerie.conversations import NotAMember, Visibility
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.identity import MAX_ID
from causerie.messages import Page
from tests.scenes.conversation import ConversationScene

COUNT = 12


def seqs(page: Page) -> list[int]:
    return [message.seq for message in page.items]


async def test_pages_hold_what_their_bounds_say(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.say(ann, room, *map(str, range(COUNT)))

    for bounds, expected, has_more in (
        ({}, range(1, 13), False),
        ({"limit": 5}, range(8, 13), True),
        ({"limit": 12}, range(1, 13), False),
        ({"before": 8, "limit": 5}, range(3, 8), True),
        ({"before": 6, "limit": 5}, range(1, 6), False),
        ({"before": 7, "limit": 5}, range(2, 7), True),
        ({"before": 1}, (), False),
        ({"before": MAX_ID, "limit": 2}, (11, 12), True),
        ({"after": 0, "limit": 3}, (1, 2, 3), True),
        ({"after": 3, "limit": 3}, (4, 5, 6), True),
        ({"after": 9, "limit": 3}, (10, 11, 12), False),
        ({"after": 12}, (), False),
        ({"after": MAX_ID}, (), False),
        ({"limit": 1}, (12,), True),
    ):
        page = await scene.history(ann, room, **bounds)
        assert (seqs(page), page.has_more) == (list(expected), has_more), bounds


async def test_walking_pages_meets_every_message_once(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.say(ann, room, *map(str, range(COUNT)))

    back: list[int] = []
    before: dict[str, int] = {}
    while True:
        page = await scene.history(ann, room, limit=5, **before)
        back = seqs(page) + back
        if not page.has_more:
            break
        before = {"before": back[0]}

    assert back == list(range(1, COUNT + 1))


async def test_fifty_come_if_nothing_is_said(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.say(ann, room, *map(str, range(51)))

    page = await scene.history(ann, room)

    assert seqs(page) == list(range(2, 52))
    assert page.has_more


async def test_an_empty_conversation_has_an_empty_page(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    page = await scene.history(ann, room)

    assert page == Page((), has_more=False)


@pytest.mark.parametrize(
    "bounds",
    [
        {"before": 5, "after": 1},
        {"before": 0},
        {"before": -1},
        {"before": MAX_ID + 1},
        {"after": -1},
        {"after": MAX_ID + 1},
        {"limit": 0},
        {"limit": -1},
        {"limit": 1001},
        {"limit": MAX_ID + 1},
    ],
)
async def test_wrong_bounds_are_invalid(scene: ConversationScene, bounds: dict[str, Any]) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    with pytest.raises(Invalid):
        await scene.history(ann, room, **bounds)


async def test_only_members_read(scene: ConversationScene) -> None:
    ann, eve = await scene.people("ann", "eve")
    open_room = await scene.room(ann)
    closed_room = await scene.room(ann, name="team", visibility=Visibility.PRIVATE)

    with pytest.raises(NotAMember):
        await scene.history(eve, open_room)
    with pytest.raises(NotFound):
        await scene.history(eve, closed_room)


async def test_a_member_reads_what_was_before(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann)
    messages = await scene.say(ann, room, "one", "two")
    await scene.conversations.service.join(ben, room.address)

    page = await scene.history(ben, room)

    assert list(page.items) == messages
    assert (await scene.view(ben, room)).unread == 0


async def test_who_left_reads_no_more(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    await scene.history(ben, room)
    await scene.conversations.service.leave(ben, room.address)

    with pytest.raises(NotAMember):
        await scene.history(ben, room)
