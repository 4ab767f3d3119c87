"""Reactions: one of each a user, counted once, numbered and told once; by whom, and how many."""

from __future__ import annotations

import asyncio

import pytest

from causerie.accounts import FOREVER, Banned, Muted
from causerie.conversations import ConversationView, MemberRole
from causerie.foundation.errors import Conflict, Invalid, Refusal
from causerie.foundation.identity import MAX_ID, Principal
from causerie.messages import (
    ConversationArchived,
    MayNotWrite,
    MessageNotFound,
    ReactionAdded,
    ReactionRemoved,
)
from causerie.messages.errors import MessageDeleted as AlreadyDeleted
from causerie.messages.errors import TooManyEmojis
from causerie.messages.model import MAX_EMOJIS_PER_MESSAGE, Reaction
from tests.scenes.conversation import READER, ConversationScene, name_of
from tests.scenes.restrictions import restrict

HEART = "❤\ufe0f"


class Stage:
    """Ann's room with Ben in it, and a message of Ann's."""

    def __init__(self, scene: ConversationScene) -> None:
        self.scene = scene

    async def set(self) -> Stage:
        self.ann, self.ben = await self.scene.people("ann", "ben")
        self.room = await self.scene.room(self.ann, self.ben)
        (self.message,) = await self.scene.say(self.ann, self.room, "hello")
        return self

    async def shown(self, viewer: Principal | None = None) -> list[tuple[str, int, bool | None]]:
        """What stands on the message, to one who looks."""
        page = await self.scene.history(viewer or self.ann, self.room)
        return [(r.emoji, r.count, r.me) for r in page.items[0].reactions]


@pytest.fixture
async def stage(scene: ConversationScene) -> Stage:
    return await Stage(scene).set()


async def test_a_reaction_is_counted_told_and_the_users_own(stage: Stage) -> None:
    scene, ann, ben = stage.scene, stage.ann, stage.ben

    assert await scene.react(ann, stage.message, "🚀") == ("🚀", 1)
    assert await scene.react(ben, stage.message, "🚀") == ("🚀", 2)
    assert await scene.react(ben, stage.message, "❤") == (HEART, 1)

    assert await stage.shown(ann) == [("🚀", 2, True), (HEART, 1, False)]
    assert await stage.shown(ben) == [("🚀", 2, True), (HEART, 1, True)]
    told = [(e.emoji, e.count, e.user_id, e.rev, e.after_seq) for e in scene.told(ReactionAdded)]
    assert told == [
        ("🚀", 1, ann.user_id, 1, 1),
        ("🚀", 2, ben.user_id, 2, 1),
        (HEART, 1, ben.user_id, 3, 1),
    ]


async def test_repeating_it_changes_nothing_with_a_key_or_without(stage: Stage) -> None:
    scene = stage.scene
    first = await scene.react(stage.ben, stage.message, client_id="k")

    again = [await scene.react(stage.ben, stage.message, client_id=key) for key in ("k", "j", None)]
    gone = await scene.react(stage.ben, stage.message, is_adding=False)
    gone_again = await scene.react(stage.ben, stage.message, is_adding=False)
    replayed = await scene.react(stage.ben, stage.message, client_id="k")

    assert again == [first] * 3
    assert gone == gone_again == replayed == ("🚀", 0)
    assert await scene.changes(stage.room) == ["reaction_added", "reaction_removed"]
    assert (len(scene.told(ReactionAdded)), len(scene.told(ReactionRemoved))) == (1, 1)


async def test_a_key_of_something_else_is_a_conflict(stage: Stage) -> None:
    scene, ben, message = stage.scene, stage.ben, stage.message
    await scene.react(ben, message, client_id="k")

    for attempt in (
        scene.react(ben, message, "🎉", client_id="k"),
        scene.react(ben, message, is_adding=False, client_id="k"),
        scene.messages.pins.pin(ben, message.id, is_pinned=True, client_id="k"),
    ):
        with pytest.raises(Conflict):
            await attempt
    assert await stage.shown() == [("🚀", 1, False)]


async def test_a_key_that_was_refused_is_free(stage: Stage) -> None:
    scene = stage.scene
    await scene.give_role(stage.ann, stage.room, stage.ben, MemberRole.READ_ONLY)
    with pytest.raises(MayNotWrite):
        await scene.react(stage.ben, stage.message, client_id="k")
    await scene.give_role(stage.ann, stage.room, stage.ben, MemberRole.MEMBER)

    assert await scene.react(stage.ben, stage.message, "🎉", client_id="k") == ("🎉", 1)


async def test_two_devices_that_react_at_once_make_one(
    stage: Stage, other_node: ConversationScene
) -> None:
    reacted = await asyncio.gather(
        *(
            node.react(stage.ben, stage.message, client_id=key)
            for node in (stage.scene, other_node)
            for key in (None, "k", None, "k")
        )
    )

    assert set(reacted) == {("🚀", 1)}
    assert await stage.scene.changes(stage.room) == ["reaction_added"]
    assert len(stage.scene.told(ReactionAdded) + other_node.told(ReactionAdded)) == 1


async def test_counts_are_right_whoever_reacts_at_once(
    scene: ConversationScene, other_node: ConversationScene
) -> None:
    people = await scene.people(*(f"p{n}" for n in range(12)))
    room = await scene.room(people[0], *people[1:])
    (message,) = await scene.say(people[0], room, "hello")

    await asyncio.gather(
        *(
            node.react(who, message, emoji)
            for n, who in enumerate(people)
            for emoji, node in (("🚀", scene), ("🎉", other_node))
            if n % 2 or emoji == "🚀"
        )
    )
    await asyncio.gather(
        *(scene.react(who, message, is_adding=False) for who in people[:4]),
        *(other_node.react(who, message, "👍🏽") for who in people[:5]),
    )

    (shown,) = (await scene.history(people[5], room)).items
    assert {(r.emoji, r.count, r.me) for r in shown.reactions} == {
        ("🚀", 8, True),
        ("🎉", 6, True),
        ("👍🏽", 5, False),
    }
    told = [e for s in (scene, other_node) for e in s.told(ReactionAdded)]
    gone = scene.told(ReactionRemoved)
    assert sorted(e.rev for e in [*told, *gone]) == list(range(1, 12 + 6 + 4 + 5 + 1))


async def test_an_emoji_that_was_taken_back_by_all_is_gone_and_comes_back_last(
    stage: Stage,
) -> None:
    for emoji in ("🚀", "🎉"):
        await stage.scene.react(stage.ben, stage.message, emoji)
    await stage.scene.react(stage.ben, stage.message, "🚀", is_adding=False)
    without = await stage.shown()

    await stage.scene.react(stage.ben, stage.message, "🚀")

    assert without == [("🎉", 1, False)]
    assert [emoji for emoji, _, _ in await stage.shown()] == ["🎉", "🚀"]


async def test_what_is_no_emoji_is_refused(stage: Stage) -> None:
    for text in ("", "x", "🚀🚀", ":rocket:", "🚀" * 1000, "\x00", "\ud800"):
        with pytest.raises(Invalid):
            await stage.scene.react(stage.ben, stage.message, text)
    assert await stage.scene.changes(stage.room) == []


async def test_a_message_has_so_many_emoji_and_any_number_of_each(stage: Stage) -> None:
    emojis = [chr(0x1F600 + n) for n in range(MAX_EMOJIS_PER_MESSAGE + 1)]
    for emoji in emojis[:-1]:
        await stage.scene.react(stage.ben, stage.message, emoji)

    with pytest.raises(TooManyEmojis):
        await stage.scene.react(stage.ann, stage.message, emojis[-1])
    assert await stage.scene.react(stage.ann, stage.message, emojis[0]) == (emojis[0], 2)
    await stage.scene.react(stage.ben, stage.message, emojis[1], is_adding=False)
    assert await stage.scene.react(stage.ann, stage.message, emojis[-1]) == (emojis[-1], 1)


async def test_a_deleted_message_has_none_and_takes_none(stage: Stage) -> None:
    scene = stage.scene
    await scene.react(stage.ben, stage.message)
    deleted = await scene.service.delete_message(stage.ann, stage.message.id)

    with pytest.raises(AlreadyDeleted):
        await scene.react(stage.ben, stage.message)
    assert deleted.reactions == ()
    assert await stage.shown() == []
    assert await scene.react(stage.ben, stage.message, is_adding=False) == ("🚀", 0)
    assert await scene.fetch("SELECT FROM messages.reactions") == []
    assert await most_used(scene, stage.ann, stage.room) == []
    assert await scene.changes(stage.room) == ["reaction_added", "message_deleted"]


async def test_a_deletion_and_reactions_at_once_leave_none(
    stage: Stage, other_node: ConversationScene
) -> None:
    for n in range(5):
        (message,) = await stage.scene.say(stage.ann, stage.room, f"m{n}")
        await asyncio.gather(
            stage.scene.service.delete_message(stage.ann, message.id),
            stage.scene.react(stage.ann, message),
            other_node.react(stage.ben, message),
            return_exceptions=True,
        )

    assert await stage.scene.fetch("SELECT FROM messages.reactions") == []


async def test_an_edit_leaves_reactions(stage: Stage) -> None:
    await stage.scene.react(stage.ben, stage.message)

    edited = await stage.scene.service.edit_message(stage.ann, stage.message.id, content="new")

    assert edited.reactions == (Reaction("🚀", 1, me=False),)


async def test_who_is_not_in_it_does_not_even_find_the_message(stage: Stage) -> None:
    eve = await stage.scene.person("eve")

    for message_id in (stage.message.id, stage.message.id + 99, MAX_ID):
        for is_adding in (True, False):
            with pytest.raises(MessageNotFound):
                await stage.scene.messages.reactions.react(
                    eve, message_id, "🚀", is_adding=is_adding
                )
        with pytest.raises(MessageNotFound):
            await stage.scene.messages.reactions.reactors(eve, message_id)
    with pytest.raises(Refusal):
        await most_used(stage.scene, eve, stage.room)
    assert await stage.scene.changes(stage.room) == []


async def test_who_was_put_out_takes_nothing_with_them_and_back(stage: Stage) -> None:
    await stage.scene.react(stage.ben, stage.message)
    await stage.scene.conversations.service.remove_member(
        stage.ann, stage.room.address, stage.ben.user_id
    )

    with pytest.raises(MessageNotFound):
        await stage.scene.react(stage.ben, stage.message, is_adding=False)
    assert await stage.shown() == [("🚀", 1, False)]


@pytest.mark.parametrize("client_id", [None, "k"])
async def test_who_is_muted_adds_nothing_and_may_take_back(
    stage: Stage, client_id: str | None
) -> None:
    await stage.scene.react(stage.ben, stage.message)
    await restrict(stage.scene.database, stage.ben.user_id, muted_until=FOREVER)

    with pytest.raises(Muted):
        await stage.scene.react(stage.ben, stage.message, "🎉", client_id=client_id)
    gone = await stage.scene.react(stage.ben, stage.message, is_adding=False, client_id=client_id)
    assert gone == ("🚀", 0)


async def test_who_is_banned_changes_nothing(stage: Stage) -> None:
    await stage.scene.react(stage.ben, stage.message)
    await restrict(stage.scene.database, stage.ben.user_id, banned_until=FOREVER)

    for is_adding in (True, False):
        with pytest.raises(Banned):
            await stage.scene.react(stage.ben, stage.message, is_adding=is_adding)
    assert await stage.shown() == [("🚀", 1, False)]


async def test_who_may_only_read_adds_nothing_and_may_take_back(stage: Stage) -> None:
    await stage.scene.react(stage.ben, stage.message)
    await stage.scene.give_role(stage.ann, stage.room, stage.ben, MemberRole.READ_ONLY)
    guest = await stage.scene.person("gus", READER)
    await stage.scene.conversations.service.join(guest, stage.room.address)

    for who in (stage.ben, guest):
        with pytest.raises(MayNotWrite):
            await stage.scene.react(who, stage.message, "🎉")
    assert await stage.scene.react(stage.ben, stage.message, is_adding=False) == ("🚀", 0)


async def test_in_an_archived_room_reactions_are_only_taken_back(stage: Stage) -> None:
    await stage.scene.react(stage.ben, stage.message)
    await stage.scene.archive(stage.ann, stage.room)

    with pytest.raises(ConversationArchived):
        await stage.scene.react(stage.ann, stage.message)
    assert await stage.scene.react(stage.ben, stage.message, is_adding=False) == ("🚀", 0)


async def test_whom_one_has_blocked_does_not_react_in_the_direct_chat(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    chat, _ = await scene.conversations.service.open_direct(ann, ben.user_id)
    (message,) = await scene.say(ann, chat, "hello")
    await scene.conversations.blocks.block(ann, ben.user_id)

    with pytest.raises(MayNotWrite):
        await scene.react(ben, message)
    assert await scene.react(ann, message) == ("🚀", 1)


async def test_a_reaction_goes_on_though_its_caller_hangs_up(stage: Stage) -> None:
    caller = asyncio.create_task(stage.scene.react(stage.ben, stage.message))
    while stage.scene.completion.under_way == 0:
        await asyncio.sleep(0)

    caller.cancel()
    await asyncio.wait({caller})
    await stage.scene.completion.drain(5)

    assert len(stage.scene.told(ReactionAdded)) == 1


# --- statistics ------------------------------------------------------------------------------------


async def most_used(
    scene: ConversationScene, who: Principal, room: ConversationView, limit: int = 9
) -> list[tuple[str, int]]:
    totals = await scene.messages.reactions.most_used(who, name_of(room), limit=limit)
    return [(total.emoji, total.count) for total in totals]


async def test_who_reacted_with_what_comes_in_pages(scene: ConversationScene) -> None:
    people = await scene.people("ann", "ben", "cid", "dan")
    room = await scene.room(people[0], *people[1:])
    (message,) = await scene.say(people[0], room, "hello")
    for who in people[:3]:
        await scene.react(who, message, "🚀")
    await scene.react(people[1], message, "❤")

    async def page(**asked: object) -> tuple[list[tuple[str, tuple[str, ...]]], bool]:
        reactors = scene.messages.reactions.reactors
        summary, found = await reactors(people[3], message.id, **asked)  # type: ignore[arg-type] # by name
        assert [(r.emoji, r.count, r.me) for r in summary] == [("🚀", 3, False), (HEART, 1, False)]
        return [(r.username, r.emojis) for r in found.items], found.has_more

    rocket = ("🚀",)
    assert await page(limit=2) == ([("ann", rocket), ("ben", ("🚀", HEART))], True)
    assert await page(after=people[1].user_id) == ([("cid", rocket)], False)
    assert await page(emoji="❤") == ([("ben", (HEART,))], False)
    assert await page(emoji="🎉") == ([], False)
    for wrong in ({"limit": 0}, {"limit": 1001}, {"after": -1}, {"after": 1 << 63}, {"emoji": "x"}):
        with pytest.raises(Invalid):
            await page(**wrong)


async def test_what_a_conversation_has_most_of_follows_every_change(stage: Stage) -> None:
    (other,) = await stage.scene.say(stage.ann, stage.room, "other")
    for who, message, emoji in (
        (stage.ann, stage.message, "🎉"),
        (stage.ann, stage.message, "🚀"),
        (stage.ben, stage.message, "🚀"),
        (stage.ben, other, "🚀"),
        (stage.ben, other, "❤"),
    ):
        await stage.scene.react(who, message, emoji)
    all_of_it = await most_used(stage.scene, stage.ann, stage.room)
    first = await most_used(stage.scene, stage.ann, stage.room, limit=1)

    await stage.scene.service.delete_message(stage.ann, stage.message.id)
    await stage.scene.react(stage.ben, other, "❤", is_adding=False)

    assert all_of_it == [("🚀", 3), (HEART, 1), ("🎉", 1)]
    assert first == [("🚀", 3)]
    assert await most_used(stage.scene, stage.ann, stage.room) == [("🚀", 1)]
    with pytest.raises(Invalid):
        await most_used(stage.scene, stage.ann, stage.room, limit=101)


async def test_what_is_summed_up_is_what_is_there(stage: Stage) -> None:
    # The table of reactions is the truth: an erasure of a user's rows is counted like any other.
    (other,) = await stage.scene.say(stage.ann, stage.room, "other")
    for message in (stage.message, other):
        for emoji in ("🚀", "🎉"):
            for who in (stage.ann, stage.ben):
                await stage.scene.react(who, message, emoji)

    await stage.scene.fetch("DELETE FROM messages.reactions WHERE user_id = $1", stage.ben.user_id)

    page = await stage.scene.history(stage.ann, stage.room)
    assert [[(r.emoji, r.count) for r in m.reactions] for m in page.items] == [
        [("🚀", 1), ("🎉", 1)],
        [("🚀", 1), ("🎉", 1)],
    ]
    assert await most_used(stage.scene, stage.ann, stage.room) == [("🎉", 2), ("🚀", 2)]
