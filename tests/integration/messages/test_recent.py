"""The newest page is remembered, and never one that is not what a reader may see now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from causerie.conversations import NotAMember, Visibility
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.identity import Principal
from causerie.foundation.telemetry import metrics
from causerie.messages.wire import pages
from tests.scenes.conversation import ConversationScene, name_of

HITS = metrics.MEMORY_CACHE_LOOKUPS.labels("pages", "hit")


class Stage:
    """Ann's private room with Ben in it, and three messages."""

    def __init__(self, scene: ConversationScene) -> None:
        self.scene = scene

    async def set(self) -> Stage:
        self.ann, self.ben, self.eve = await self.scene.people("ann", "ben", "eve")
        self.room = await self.scene.room(self.ann, self.ben, visibility=Visibility.PRIVATE)
        self.messages = await self.scene.say(self.ann, self.room, "one", "two", "three")
        return self

    async def newest(self, reader: Principal, *, limit: int = 50, is_cut: bool = False) -> Any:
        page = await self.scene.messages.recent.newest(
            reader, name_of(self.room), limit=limit, is_cut=is_cut
        )
        return msgspec.json.decode(page)

    async def asked_the_tables(self, reader: Principal, **how: Any) -> bool:
        before = HITS.value
        await self.newest(reader, **how)
        return HITS.value == before


@pytest.fixture
async def stage(scene: ConversationScene) -> Stage:
    return await Stage(scene).set()


async def test_a_page_is_read_once_for_all_members(stage: Stage) -> None:
    first = await stage.asked_the_tables(stage.ann)
    again = await stage.asked_the_tables(stage.ben)
    of_other_length = await stage.asked_the_tables(stage.ann, limit=2)
    page = await stage.newest(stage.ben, limit=2)

    assert (first, again, of_other_length) == (True, False, True)
    assert [item["content"] for item in page["items"]] == ["two", "three"]
    assert page["has_more"]


Change = Callable[[Stage], Awaitable[object]]
CHANGES: dict[str, Change] = {
    "a message": lambda s: s.scene.say(s.ben, s.room, "four"),
    "an edit": lambda s: s.scene.service.edit_message(s.ann, s.messages[0].id, content="new"),
    "a deletion": lambda s: s.scene.service.delete_message(s.ann, s.messages[0].id),
    "a reaction": lambda s: s.scene.react(s.ben, s.messages[0], "🚀"),
    "a pin": lambda s: s.scene.messages.pins.pin(s.ann, s.messages[0].id, is_pinned=True),
    "an answer": lambda s: s.scene.answer(s.ben, s.room, s.messages[0]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_page_is_never_older_than_what_has_happened(stage: Stage, change: Change) -> None:
    before = await stage.newest(stage.ann)
    await change(stage)
    after = await stage.newest(stage.ann)
    told = await stage.scene.history(stage.ann, stage.room)

    assert after != before
    assert [item["seq"] for item in after["items"]] == [message.seq for message in told.items]


async def test_whose_reactions_they_are_is_shown_to_nobody_else(stage: Stage) -> None:
    await stage.scene.react(stage.ann, stage.messages[0], "🚀")
    shown = {
        who: [(await stage.newest(reader))["items"][0]["reactions"][0]["me"] for _ in range(2)]
        for who, reader in (("ann", stage.ann), ("ben", stage.ben))
    }

    assert shown == {"ann": [True, True], "ben": [False, False]}
    assert not await stage.asked_the_tables(stage.ben)


async def test_who_is_not_in_it_gets_nothing_though_it_is_remembered(stage: Stage) -> None:
    await stage.newest(stage.ben)
    with pytest.raises(NotFound):
        await stage.newest(stage.eve)
    # Of another process, which this one has not heard: what it remembers of members is wrong.
    await stage.scene.fetch(
        "DELETE FROM conversations.members WHERE conversation_id = $1 AND user_id = $2",
        stage.room.id,
        stage.ben.user_id,
    )

    with pytest.raises((NotFound, NotAMember)):
        await stage.newest(stage.ben)


async def test_a_page_too_long_for_a_socket_is_cut_for_it_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MAX_ANSWER_CHARS", 1000)  # Two short messages and their envelopes.
    cut = await stage.newest(stage.ann, is_cut=True)
    whole = await stage.newest(stage.ann)

    assert [item["content"] for item in cut["items"]] == ["two", "three"]
    assert cut["has_more"]
    assert [item["content"] for item in whole["items"]] == ["one", "two", "three"]
    assert not whole["has_more"]


@pytest.mark.parametrize("limit", [0, 1001])
async def test_a_wrong_limit_is_told_before_anything_is_looked_for(
    stage: Stage, limit: int
) -> None:
    with pytest.raises(Invalid):
        await stage.newest(stage.eve, limit=limit)
