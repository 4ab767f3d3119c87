"""Holding, subscribing and rewinding: what was missed comes before anything newer, in order."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from causerie.conversations import ConversationView, Settings
from causerie.foundation.clock import rfc3339
from causerie.foundation.identity import Principal
from causerie.gateway.v2 import HOLD_SECONDS
from causerie.messages.model import MAX_MISSED_MESSAGES
from tests.fakes.peer import FakePeer
from tests.scenes.conversation import draft_of, name_of
from tests.scenes.race import RaceScene


class Room:
    """A room of two: Ann writes, Ben listens."""

    def __init__(self, race: RaceScene, ann: Principal, ben: Principal, view: ConversationView):
        self.race, self.ann, self.ben, self.view = race, ann, ben, view
        self.name = name_of(view)

    async def say(self, *contents: str) -> None:
        await self.race.say(self.ann, self.view, *contents)

    async def say_many(self, count: int) -> None:
        outcomes = [self.race.put(draft_of(self.ann, self.view)) for _ in range(count)]
        await outcomes[-1].wait()

    async def connect(self) -> FakePeer:
        peer = self.race.connect(self.ben)
        await peer.hear("hello")
        return peer


@pytest.fixture
async def room(race: RaceScene) -> Room:
    ann, ben = await race.people("ann", "ben")
    return Room(race, ann, ben, await race.room(ann, ben))


def subscribe(peer: FakePeer, **data: Any) -> None:
    peer.say({"type": "subscribe", "ref": "s", "data": data})


async def let_go(peer: FakePeer) -> None:
    """Say a first frame, so that nothing is held from here on."""
    peer.say({"type": "ping", "ref": "first"})
    await peer.hear("ack")


async def everything(room: Room, peer: FakePeer) -> list[Any]:
    """What a subscribe and all before it brought, without hello: seen by what comes last."""
    while not any(frame["type"] == "ack" for frame in peer.heard):
        await peer.hear("ack")
    await room.say("last")
    last = Settings(topic="last")
    await room.race.conversations.service.update(room.ann, room.view.address, last)
    while sum(is_last(frame) for frame in peer.heard) < 2:
        await peer.hear_next()
    return [frame for frame in peer.heard[1:] if not is_last(frame)]


async def up_to(peer: FakePeer, rev: int) -> list[Any]:
    """What came, without hello, up to the change of this number.

    Where what is told is the state of now, a change of ``everything`` would be told in its place.
    """
    while not any(frame["data"].get("rev") == rev for frame in peer.heard[1:]):
        await peer.hear_next()
    return peer.heard[1:]


def is_last(frame: Any) -> bool:
    """Say whether it is one of the two by which a test knows that nothing else is to come."""
    return "last" in (frame["data"].get("content"), frame["data"].get("topic"))


def seqs(frames: list[Any]) -> list[int]:
    return [frame["data"]["seq"] for frame in frames if frame["type"] == "message"]


# --- holding ---------------------------------------------------------------------------------------


async def test_messages_wait_a_moment_for_the_first_frame(room: Room) -> None:
    room.race.tongue.hold_seconds = HOLD_SECONDS
    began = asyncio.get_running_loop().time()
    peer = await room.connect()
    await room.say("one")

    await peer.hear("message")

    assert asyncio.get_running_loop().time() - began > HOLD_SECONDS * 0.8


@pytest.mark.parametrize(
    "frame",
    [{"type": "ping", "ref": 1}, {"type": "dance", "ref": 1}, b"{", b"[]", {"type": "history"}],
)
async def test_any_first_frame_but_a_subscribe_lets_them_go(room: Room, frame: object) -> None:
    peer = await room.connect()
    await room.say("one")
    assert seqs(peer.heard) == []

    peer.say(frame)
    while len(peer.heard) < 3:
        await peer.hear_next()

    assert [heard["type"] for heard in peer.heard[:2]] == ["hello", "message"]


async def test_a_binary_first_frame_lets_them_go_too(room: Room) -> None:
    peer = await room.connect()
    await room.say("one")

    peer.say_binary(b"\x81")

    await peer.hear("message")
    assert (await peer.hear("error"))["data"]["code"] == "invalid"


@pytest.mark.parametrize("data", [{"since": 1}, {"since": {"room_1": -1}}, "x", None, []])
async def test_a_first_subscribe_that_is_refused_lets_them_go(room: Room, data: object) -> None:
    peer = await room.connect()
    await room.say("one")

    peer.say({"type": "subscribe", "ref": 1, "data": data})

    assert (await peer.hear("error"))["data"]["code"] == "invalid"
    assert (await peer.hear("message"))["data"]["seq"] == 1


async def test_frames_that_come_before_hello_wait_for_it(room: Room) -> None:
    await room.say("one", "two")
    peer = room.race.connect(room.ben)

    subscribe(peer, since={room.name: 0})
    heard = await everything(room, peer)

    assert peer.heard[0]["type"] == "hello"
    assert [frame["type"] for frame in heard] == ["ack", "message", "message"]


# --- the first subscribe ---------------------------------------------------------------------------


async def test_first_the_answer_then_what_was_missed_then_what_was_held(room: Room) -> None:
    await room.say("one", "two", "three")
    peer = await room.connect()
    await room.say("four")

    subscribe(peer, since={room.name: 1})
    heard = await everything(room, peer)

    assert heard[0]["type"] == "ack"
    assert heard[0]["data"] == {room.name: {"last_seq": 4, "rev": 0, "missed": 3, "reset": False}}
    assert seqs(heard) == [2, 3, 4]


@pytest.mark.parametrize("step", ["before the state is read", "after the state is read"])
async def test_what_is_sent_while_a_subscribe_is_answered_comes_last_and_once(
    room: Room, step: str
) -> None:
    await room.say("one", "two")
    peer = await room.connect()
    room.race.steps[step] = lambda: room.say("three", "four")

    subscribe(peer, since={room.name: 0})
    heard = await everything(room, peer)

    assert heard[0]["type"] == "ack"
    assert heard[0]["data"][room.name]["last_seq"] == (4 if step.startswith("before") else 2)
    assert seqs(heard) == [1, 2, 3, 4]


async def test_a_subscribe_that_takes_its_time_is_still_answered_first(room: Room) -> None:
    await room.say("one")
    room.race.tongue.hold_seconds = 1.5  # It must not be over before the subscribe is said.
    peer = await room.connect()

    async def dawdle() -> None:
        await room.say("two")
        await asyncio.sleep(2.0)  # longer than messages would wait by themselves

    room.race.steps["before the state is read"] = dawdle
    subscribe(peer, since={room.name: 0})
    heard = await everything(room, peer)

    assert [frame["type"] for frame in heard[:3]] == ["ack", "message", "message"]


async def test_who_missed_nothing_is_told_so(room: Room) -> None:
    await room.say("one")
    peer = await room.connect()

    subscribe(peer, since={room.name: 1}, revs={room.name: 0})
    heard = await everything(room, peer)

    assert [frame["data"] for frame in heard] == [
        {room.name: {"last_seq": 1, "rev": 0, "missed": 0, "reset": False}}
    ]


async def test_what_is_not_the_users_is_left_out(room: Room) -> None:
    cid = await room.race.person("cid")
    other = await room.race.room(cid, name="other")
    await room.say("one")
    peer = await room.connect()

    subscribe(
        peer,
        since={
            room.name: 0,
            name_of(other): 0,
            f"dm_{room.view.id}": 0,
            "room_999": 0,
            "general": 0,
            "": 0,
        },
    )
    heard = await everything(room, peer)

    assert heard[0]["data"].keys() == {room.name}
    assert seqs(heard) == [1]


async def test_without_a_ref_it_is_answered_all_the_same(room: Room) -> None:
    peer = await room.connect()

    peer.say({"type": "subscribe", "data": {}})

    assert await peer.hear("ack") == {"type": "ack", "ref": None, "data": {}}


# --- later ones ------------------------------------------------------------------------------------


async def test_a_later_subscribe_rewinds(room: Room) -> None:
    peer = await room.connect()
    await let_go(peer)
    await room.say("one", "two", "three")
    while seqs(peer.heard) != [1, 2, 3]:
        await peer.hear("message")

    subscribe(peer, since={room.name: 1})
    await peer.hear("ack")
    await room.say("four")
    heard = await everything(room, peer)

    assert seqs(heard) == [1, 2, 3, 2, 3, 4]


async def test_rewinding_on_and_on_while_messages_come_never_breaks_the_order(room: Room) -> None:
    peer = await room.connect()
    await let_go(peer)
    writing = asyncio.create_task(room.say(*map(str, range(60))))

    for _ in range(10):
        subscribe(peer, since={room.name: 0})
        answer = (await peer.hear("ack"))["data"][room.name]
        for seq in range(1, answer["last_seq"] + 1):
            assert (await peer.hear("message"))["data"]["seq"] == seq
    await writing
    await everything(room, peer)
    heard = seqs(peer.heard)

    for before, after in pairwise(heard):
        assert after in {1, before + 1}
    assert heard[-1] == 61


@pytest.mark.parametrize("extra", [0, 1])
async def test_who_missed_more_than_a_thousand_is_reset(room: Room, extra: int) -> None:
    await room.say_many(MAX_MISSED_MESSAGES + extra)
    peer = await room.connect()

    subscribe(peer, since={room.name: 0})
    answer = (await peer.hear("ack"))["data"][room.name]
    await room.say("newer")
    while (await peer.hear("message"))["data"]["content"] != "newer":
        pass

    assert answer == {
        "last_seq": MAX_MISSED_MESSAGES + extra,
        "rev": 0,
        "missed": MAX_MISSED_MESSAGES + extra,
        "reset": bool(extra),
    }
    first = MAX_MISSED_MESSAGES + extra + 1 if extra else 1
    assert seqs(peer.heard) == list(range(first, MAX_MISSED_MESSAGES + extra + 2))


async def test_who_holds_more_than_there_is_is_reset(room: Room) -> None:
    await room.say("one")
    peer = await room.connect()

    subscribe(peer, since={room.name: 7})
    answer = (await peer.hear("ack"))["data"][room.name]
    await room.say("two")

    assert (answer["last_seq"], answer["missed"], answer["reset"]) == (1, 0, True)
    assert (await peer.hear("message"))["data"]["seq"] == 2


# --- revs ------------------------------------------------------------------------------------------


async def test_what_changed_comes_as_events_with_the_state_of_now(room: Room) -> None:
    race = room.race
    one, two = await race.say(room.ann, room.view, "one", "two")
    await race.service.edit_message(room.ann, one.id, content="ONE")  # rev 1
    cid = await race.person("cid")
    await race.conversations.service.join(cid, room.view.address)  # 2
    await race.conversations.service.update(room.ann, room.view.address, Settings(topic="a"))  # 3
    await race.service.edit_message(room.ann, two.id, content="TWO")  # 4
    await race.service.delete_message(room.ann, two.id)  # 5
    await race.conversations.service.leave(cid, room.view.address)  # 6
    await race.conversations.service.update(room.ann, room.view.address, Settings(topic="b"))  # 7
    peer = await room.connect()

    subscribe(peer, since={room.name: 1}, revs={room.name: 0})
    heard = await up_to(peer, 7)

    assert heard[0]["data"][room.name] == {"last_seq": 2, "rev": 7, "missed": 1, "reset": False}
    assert seqs(heard) == [2]
    changes = [(f["type"], f["data"]["rev"]) for f in heard[1:] if f["type"] != "message"]
    assert changes == [
        ("message_edited", 1),
        ("member_joined", 2),
        ("conversation_updated", 3),
        ("message_edited", 4),
        ("message_deleted", 5),
        ("member_left", 6),
        ("conversation_updated", 7),
    ]
    told = {f["data"]["rev"]: f["data"] for f in heard[1:] if "rev" in f["data"]}
    assert told[1]["content"] == "ONE"
    assert (told[4]["content"], told[4]["deleted"]) == ("", True)
    assert (told[3]["topic"], told[7]["topic"]) == ("b", "b")
    assert told[2]["user"]["username"] == "cid"


async def test_threads_that_changed_come_with_the_counts_of_now(room: Room) -> None:
    race = room.race
    one, two = await race.say(room.ann, room.view, "one", "two")
    first = await race.answer(room.ann, room.view, one)  # rev 1
    await race.answer(room.ben, room.view, two)  # 2
    last = await race.answer(room.ben, room.view, one)  # 3
    await race.service.delete_message(room.ann, first.id)  # 4 and 5
    peer = await room.connect()

    subscribe(peer, since={room.name: 3}, revs={room.name: 0})
    heard = await up_to(peer, 5)

    told = [(f["type"], f["data"]) for f in heard[1:] if "rev" in f["data"]]
    assert seqs(heard) == [4, 5]
    assert [(kind, data["rev"]) for kind, data in told] == [
        ("thread_updated", 1),
        ("thread_updated", 2),
        ("thread_updated", 3),
        ("message_deleted", 4),
        ("thread_updated", 5),
    ]
    counts = {data["rev"]: data["reply_count"] for kind, data in told if kind == "thread_updated"}
    assert counts == {1: 1, 2: 1, 3: 1, 5: 1}
    assert told[0][1]["last_reply_at"] == rfc3339(last.created_at)


async def test_revs_alone_bring_no_messages(room: Room) -> None:
    race = room.race
    (one,) = await race.say(room.ann, room.view, "one")
    await race.service.edit_message(room.ann, one.id, content="ONE")
    peer = await room.connect()

    subscribe(peer, revs={room.name: 0})
    heard = await everything(room, peer)

    assert [frame["type"] for frame in heard] == ["ack", "message_edited"]


async def test_without_revs_changes_are_not_told_again(room: Room) -> None:
    race = room.race
    (one,) = await race.say(room.ann, room.view, "one")
    await race.service.edit_message(room.ann, one.id, content="ONE")
    peer = await room.connect()

    subscribe(peer, since={room.name: 0})
    heard = await everything(room, peer)

    assert [frame["type"] for frame in heard] == ["ack", "message"]
    assert heard[1]["data"]["content"] == "ONE"


async def test_a_rev_ahead_is_a_reset(room: Room) -> None:
    await room.say("one")
    peer = await room.connect()

    subscribe(peer, since={room.name: 0}, revs={room.name: 5})
    heard = await everything(room, peer)

    assert heard[0]["data"][room.name]["reset"] is True
    assert seqs(heard) == []
