"""What hello or a join reports and the events after it fit together, whatever happens in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from causerie.conversations import (
    ConversationOpened,
    ConversationView,
    MemberLeft,
    Settings,
    wire_id,
)
from causerie.conversations.wire import conversation_out
from causerie.foundation.identity import Principal
from causerie.gateway.v2 import HOLD_SECONDS
from causerie.messages.model import Message
from tests.fakes.peer import FakePeer
from tests.scenes.race import Listener, RaceScene

pytestmark = pytest.mark.long


class Cast:
    """Mia connects; Ann owns the room, Ben and Dan are in it, and Cid is not."""

    def __init__(self, scene: RaceScene) -> None:
        self.scene = scene
        self.service = scene.conversations.service

    async def gather(self) -> None:
        self.ann, self.ben, self.cid, self.dan, self.mia = await self.scene.people(
            "ann", "ben", "cid", "dan", "mia"
        )
        self.room = await self.scene.room(self.ann, self.ben, self.dan, self.mia)
        self.messages: list[Message] = await self.scene.say(self.ben, self.room, "one", "two")

    # Each of these is one change that Mia must know of afterwards.

    async def message(self) -> None:
        await self.scene.send(self.ben, self.room, "three")

    async def own_message(self) -> None:
        await self.scene.send(self.mia, self.room, "mine")

    async def message_edited(self) -> None:
        await self.scene.service.edit_message(self.ben, self.messages[0].id, content="ONE")

    async def message_deleted(self) -> None:
        await self.scene.service.delete_message(self.ben, self.messages[0].id)

    async def reaction_added(self) -> None:
        await self.scene.react(self.ben, self.messages[1], "🎉")

    async def reaction_removed(self) -> None:
        await self.scene.react(self.dan, self.messages[1], "🎉")
        await self.scene.react(self.dan, self.messages[1], "🎉", is_adding=False)

    async def message_pinned(self) -> None:
        await self.scene.messages.pins.pin(self.ann, self.messages[1].id, is_pinned=True)

    async def message_files(self) -> None:
        await self.scene.clear_a_file(self.ben, self.messages[1])

    async def thread_updated(self) -> None:
        await self.scene.answer(self.ben, self.room, self.messages[1])

    async def member_joined(self) -> None:
        await self.service.join(self.cid, self.room.address)

    async def member_left(self) -> None:
        await self.service.leave(self.dan, self.room.address)

    async def put_out(self) -> None:
        await self.service.remove_member(self.ann, self.room.address, self.mia.user_id)

    async def put_out_and_in(self) -> None:
        await self.put_out()
        await self.service.join(self.mia, self.room.address)

    async def conversation_updated(self) -> None:
        await self.service.update(self.ann, self.room.address, Settings(topic="new"))

    async def conversation_created(self) -> None:
        await self.service.create_room(self.ann, name="new", members=[self.mia.user_id])

    async def added(self) -> None:
        room = await self.scene.room(self.cid, name="other")
        await self.scene.say(self.cid, room, "before")
        await self.service.add_members(self.cid, room.address, [self.mia.user_id])
        await self.scene.say(self.cid, room, "after")

    async def read(self) -> None:
        await self.service.mark_read(self.mia, self.room.address, 2)

    async def all_of_it(self) -> None:
        for change in CHANGES:
            if change not in {"put_out", "all_of_it"}:
                await self.do(change)

    def do(self, change: str) -> Awaitable[None]:
        action: Callable[[], Awaitable[None]] = getattr(self, change)
        return action()


CHANGES = (
    "message",
    "own_message",
    "message_edited",
    "reaction_removed",
    "message_pinned",
    "message_files",
    "thread_updated",
    "member_joined",
    "conversation_updated",
    "conversation_created",
    "added",
    "read",
    "message_deleted",
    "member_left",
    "put_out_and_in",
    "put_out",
    "all_of_it",
)
STEPS = (
    "before the list is read",
    "after the list is read",
    "before the state is read",
    "after the state is read",
)


async def require_true_picture(scene: RaceScene, listener: Listener, who: Principal) -> None:
    """Write a last message to each conversation, and compare the picture with the tables."""
    await listener.be_let_go_on()
    for view in await scene.conversations.service.snapshot(who.user_id):
        author = await scene.person(f"last.{view.id}")
        await seat(scene, view, author)
        await scene.send(author, view, f"last {view.id}")
        await listener.listen_until(f"last {view.id}")
    await listener.listen_to_the_end()
    for view in await scene.conversations.service.snapshot(who.user_id):
        seen = listener.conversations.pop(wire_id(view.kind, view.id))
        shown = conversation_out(view)
        for field in ("last_seq", "rev", "read_seq", "member_count", "topic", "name"):
            assert seen[field] == getattr(shown, field), field
        for message in (await scene.history(who, view)).items:
            text = listener.texts.get(shown.id, {}).get(message.seq)
            assert text in {None, message.content}, message
            counts = {r.emoji: r.count for r in message.reactions}
            for emoji, count in listener.reactions.get(message.id, {}).items():
                assert count == counts.get(emoji, 0), (message, emoji)
            assert listener.pinned.get(message.id) in {None, message.pinned}, message
            replies = listener.replies.get(message.id)
            assert replies in {None, message.reply_count}, message
    assert listener.conversations == {}


async def seat(scene: RaceScene, view: ConversationView, who: Principal) -> None:
    await scene.conversations.service.join(who, view.address)


@pytest.mark.parametrize("is_clean", [True, False])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_during_the_greeting_is_in_it_or_comes_after_it(
    race: RaceScene, change: str, step: str, *, is_clean: bool
) -> None:
    cast = Cast(race)
    await cast.gather()
    if not is_clean:  # somebody else follows already: what came is in the hub's memory
        await Listener(race.connect(cast.ben)).start()
    race.steps[step] = lambda: cast.do(change)

    mia = Listener(race.connect(cast.mia))
    await mia.start()

    assert race.steps == {}
    await require_true_picture(race, mia, cast.mia)
    assert mia.times_told_again == 0


@pytest.mark.parametrize("is_clean", [True, False])
@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_that_is_announced_late_is_not_told_twice(
    race: RaceScene, change: str, *, is_clean: bool
) -> None:
    cast = Cast(race)
    await cast.gather()
    if not is_clean:
        await Listener(race.connect(cast.ben)).start()
    race.held.hold()
    await cast.do(change)

    mia = Listener(race.connect(cast.mia))
    await mia.start()
    race.held.release()

    await require_true_picture(race, mia, cast.mia)
    told = {kind for kind, _ in mia.heard} - {"message", "member_joined", "read"}
    # Who went and came back between the commits and their announcements is told of it anew.
    assert told <= (
        {"conversation_created"} if change in {"put_out_and_in", "all_of_it"} else set()
    )


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_after_the_greeting_is_told_once(race: RaceScene, change: str) -> None:
    cast = Cast(race)
    await cast.gather()
    mia = Listener(race.connect(cast.mia))
    await mia.start()

    await cast.do(change)

    await require_true_picture(race, mia, cast.mia)
    if change in race.words.words:
        assert change in {kind for kind, _ in mia.heard}


# --- joining ---------------------------------------------------------------------------------------

AFTER_A_JOIN = (
    "message",
    "message_edited",
    "reaction_added",
    "message_pinned",
    "message_deleted",
    "thread_updated",
    "member_joined",
    "member_left",
    "conversation_updated",
)


@pytest.mark.parametrize("is_clean", [True, False])
@pytest.mark.parametrize("change", AFTER_A_JOIN)
async def test_what_happens_right_after_a_join_is_told_though_it_is_announced_before_it(
    race: RaceScene, change: str, *, is_clean: bool
) -> None:
    race.tongue.hold_seconds = HOLD_SECONDS  # Nobody says a first frame here.
    cast = Cast(race)
    await cast.gather()
    await cast.put_out()
    if not is_clean:
        await Listener(race.connect(cast.ben)).start()
    mia = Listener(race.connect(cast.mia))
    await mia.start()
    race.held.hold(lambda event: isinstance(event, ConversationOpened))

    await race.conversations.service.join(cast.mia, cast.room.address)
    await cast.do(change)
    race.held.release()

    created = await next_of(mia.peer, "conversation_created")
    mia.take(created)
    if change == "thread_updated":
        mia.take(await next_of(mia.peer, "message"))  # the answer
    heard = await next_of(mia.peer, change)
    assert heard["data"]["conversation_id"] == wire_id(cast.room.kind, cast.room.id)
    mia.take(heard)
    await require_true_picture(race, mia, cast.mia)


async def next_of(peer: FakePeer, kind: str) -> Any:
    """The next frame, which is of this type."""
    frame = await peer.hear_next()
    assert frame["type"] == kind, frame
    return frame


async def test_what_join_answers_is_where_events_begin(race: RaceScene) -> None:
    cast = Cast(race)
    await cast.gather()
    peer = race.connect(cast.cid)
    await peer.hear("hello")

    peer.say({"type": "join", "ref": 1, "data": {"conversation_id": f"room_{cast.room.id}"}})
    answer = (await peer.hear("ack"))["data"]
    await cast.all_of_it()

    assert (answer["last_seq"], answer["rev"], answer["unread"]) == (2, 1, 0)
    assert (await peer.hear("message"))["data"]["seq"] == 3
    created = [frame["data"] for frame in peer.heard if frame["type"] == "conversation_created"]
    assert created[0] == answer


async def test_who_was_put_out_again_hears_nothing_though_the_joining_is_announced_last(
    race: RaceScene,
) -> None:
    cast = Cast(race)
    await cast.gather()
    peer = race.connect(cast.cid)
    await peer.hear("hello")
    race.held.hold(lambda event: isinstance(event, ConversationOpened))
    await race.conversations.service.join(cast.cid, cast.room.address)
    await race.conversations.service.remove_member(cast.ann, cast.room.address, cast.cid.user_id)
    race.held.release()

    await cast.message()
    peer.say({"type": "ping", "ref": 1})
    await peer.hear("ack")

    assert [frame["type"] for frame in peer.heard if frame["type"] == "message"] == []


async def test_a_departure_that_is_announced_late_is_told_to_who_left(race: RaceScene) -> None:
    cast = Cast(race)
    await cast.gather()
    mia = race.connect(cast.mia)
    await mia.hear("hello")
    race.held.hold(lambda event: isinstance(event, MemberLeft))
    await cast.put_out()
    race.held.release()

    left = (await mia.hear("member_left"))["data"]

    assert (left["user"]["id"], left["rev"]) == (cast.mia.user_id, 1)
