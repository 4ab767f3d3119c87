"""A muted or banned sender: nothing is stored after the commit that says so."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from causerie.accounts import FOREVER, Banned, Muted, Notice, Restriction
from causerie.conversations import ConversationView
from causerie.foundation.clock import SystemClock, rfc3339
from causerie.foundation.errors import Refusal
from causerie.foundation.identity import Principal
from causerie.foundation.postgres import Database
from causerie.gateway.ports import Refused
from tests.fakes.peer import FakePeer
from tests.measures import measured_soon
from tests.scenes.conversation import ConversationScene
from tests.scenes.node import NodeScene, User
from tests.scenes.restrictions import restrict

SENDERS = 40
PATIENCE_SECONDS = 60


async def stored_by(scene: ConversationScene, who: Principal) -> int:
    (row,) = await scene.fetch(
        "SELECT count(*) FROM messages.messages WHERE sender_id = $1", who.user_id
    )
    return int(row["count"])


class Talker:
    """Sends one message after the other until told to stop; goes on after a refusal."""

    def __init__(self, scene: ConversationScene, who: Principal, room: ConversationView) -> None:
        self.scene = scene
        self.who = who
        self.room = room
        self.sent = 0
        self.refusals: list[Refusal] = []
        self.is_done = asyncio.Event()

    async def talk(self) -> None:
        number = 0
        while not self.is_done.is_set():
            number += 1
            try:
                # With a key of the client's, only the database is asked whether they may.
                await self.scene.send(self.who, self.room, client_id=f"{id(self)}.{number}")
                self.sent += 1
            except Refusal as refusal:
                self.refusals.append(refusal)

    async def until_it_has(self, sent: int = 0, refused: int = 0) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.sent < sent or len(self.refusals) < refused:
                await asyncio.sleep(0)


@pytest.mark.parametrize("is_ban", [True, False])
async def test_nothing_is_stored_after_the_commit_though_many_send(
    scene: ConversationScene, other_node: ConversationScene, is_ban: bool
) -> None:
    people = await scene.people(*(f"p{n}" for n in range(SENDERS)))
    room = await scene.room(people[0], *people[1:])
    bad, good = people[1], people[2]
    nodes = [scene, other_node]
    talkers = [Talker(nodes[n % 2], who, room) for n, who in enumerate(people)]
    talkers += [Talker(other_node, bad, room), Talker(scene, good, room)]
    theirs = [t for t in talkers if t.who is bad]
    async with asyncio.TaskGroup() as group:
        for talker in talkers:
            group.create_task(talker.talk())
        for talker in talkers:
            await talker.until_it_has(sent=3)
        await restrict(
            scene.database,
            bad.user_id,
            muted_until=None if is_ban else FOREVER,
            banned_until=FOREVER if is_ban else None,
        )
        at_the_commit = await stored_by(scene, bad)
        others_then = await stored_by(scene, good)
        for talker in theirs:
            await talker.until_it_has(refused=3)
        for talker in talkers:
            talker.is_done.set()

    assert await stored_by(scene, bad) == at_the_commit
    assert await stored_by(scene, good) > others_then  # the control: who is not meant went on
    assert {type(r) for t in talkers for r in t.refusals} == {Banned if is_ban else Muted}
    assert {t.who.user_id for t in talkers if t.refusals} == {bad.user_id}
    assert await scene.seqs(room) == list(range(1, sum(t.sent for t in talkers) + 1))


async def muted(scene: ConversationScene, who: Principal) -> Restriction:
    mute = await restrict(scene.database, who.user_id, muted_until=FOREVER)
    scene.restrictions.take(mute)
    return mute


async def test_a_muted_sender_is_refused_at_once_and_reads_on(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    await scene.send(ann, room)
    await muted(scene, ben)

    with pytest.raises(Muted):
        scene.submit(ben, room, "hello", lambda _: None)
    assert len((await scene.history(ben, room)).items) == 1
    assert await scene.seqs(room) == [1]


async def test_a_key_that_was_used_before_the_mute_gives_its_message(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    first = await scene.send(ann, room, client_id="k")
    await muted(scene, ann)

    assert (await scene.send(ann, room, client_id="k")).message == first.message
    with pytest.raises(Muted):
        await scene.send(ann, room, client_id="another")


async def test_a_key_that_a_mute_refused_is_free_afterwards(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await muted(scene, ann)
    with pytest.raises(Muted):
        await scene.send(ann, room, client_id="k")
    scene.restrictions.take(await restrict(scene.database, ann.user_id))

    assert (await scene.send(ann, room, client_id="k")).is_new


async def test_a_mute_that_has_ended_holds_nobody_back(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    ended = SystemClock().now() - timedelta(seconds=1)
    scene.restrictions.take(await restrict(scene.database, ann.user_id, muted_until=ended))

    assert (await scene.send(ann, room)).is_new
    assert (await scene.send(ann, room, client_id="k")).is_new


@pytest.mark.parametrize("client_id", [None, "k"])
async def test_who_is_muted_edits_nothing_and_may_delete(
    scene: ConversationScene, client_id: str | None
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message
    await muted(scene, ann)

    with pytest.raises(Muted):
        await scene.service.edit_message(ann, message.id, content="no", client_id=client_id)
    assert (await scene.history(ann, room)).items == (message,)
    assert (await scene.service.delete_message(ann, message.id)).deleted


async def test_who_is_banned_changes_nothing_though_nobody_here_knows_yet(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    message = (await scene.send(ann, room)).message
    await restrict(scene.database, ann.user_id, banned_until=FOREVER)

    with pytest.raises(Banned):
        await scene.service.edit_message(ann, message.id, content="no")
    with pytest.raises(Banned):
        await scene.service.delete_message(ann, message.id)
    with pytest.raises(Banned):
        await scene.send(ann, room)
    assert (await scene.history(ann, room)).items == (message,)


# --- on a whole node -------------------------------------------------------------------------------


async def speakers(node: NodeScene) -> tuple[User, User, str]:
    ann, ben = await node.register("ann"), await node.register("ben")
    body = {"kind": "room", "name": "general", "members": [ben.id]}
    room = (await node.call("POST", "/api/v2/conversations", body, user=ann)).json()["id"]
    return ann, ben, room


async def test_open_sockets_hear_of_a_ban_and_are_closed_though_another_process_made_it(
    node: NodeScene, database: Database
) -> None:
    staying = await node.connect("/ws/v2", await node.register("staying"))
    names = iter(("ben", "cat", "dan", "eve"))
    notice = Notice(kind="ban", reason="spam", id=7)

    async def ban() -> tuple[float, User, FakePeer]:
        ben = await node.register(next(names))
        leaving, older = [await node.connect(path, ben) for path in ("/ws/v2", "/ws/v1")]
        await leaving.hear("hello")
        began = time.monotonic()
        await restrict(database, ben.id, banned_until=FOREVER, notice=notice)
        assert [await peer.wait_closed() for peer in (leaving, older)] == [4403, 4403]
        return time.monotonic() - began, ben, leaving

    seconds, ben, leaving = await measured_soon(ban, holds=lambda taken: taken[0] < 2)

    assert seconds < 2
    assert leaving.heard[-1] == {
        "type": "sanction",
        "data": {
            "id": 7,
            "kind": "ban",
            "active": True,
            "until": None,
            "reason": "spam",
            "conversation_id": None,
        },
    }
    refused = await node.admit("/ws/v2", ben)
    assert isinstance(refused, Refused)
    assert refused.status == 403
    assert staying.close_code is None


async def test_a_mute_is_told_and_holds_on_every_tongue_while_reading_goes_on(
    node: NodeScene, database: Database
) -> None:
    ann, ben, room = await speakers(node)
    peer, older = await node.connect("/ws/v2", ben), await node.connect("/ws/v1", ben)
    await peer.hear("hello")
    until = SystemClock().now() + timedelta(hours=1)
    notice = Notice(kind="mute", until=until)
    mute = await restrict(database, ben.id, muted_until=until, notice=notice)
    node.node.accounts.restrictions.take(mute)

    assert (await peer.hear("sanction"))["data"]["until"] == rfc3339(until)
    data = {"conversation_id": room, "content": "hello"}
    peer.say({"type": "send_message", "ref": 1, "data": data})
    assert (await peer.hear("error"))["data"]["code"] == "muted"
    older.say({"type": "room_message", "room": "general", "content": "hello"})
    assert (await older.hear("error"))["data"]["code"] == "muted"
    path = f"/api/v2/conversations/{room}/messages"
    answer = await node.call("POST", path, {"content": "hello"}, user=ben)
    assert (answer.status, answer.json()["code"]) == (403, "muted")
    assert answer.json()["until"] == rfc3339(until)
    await node.call("POST", path, {"content": "from ann"}, user=ann)
    assert (await peer.hear("message"))["data"]["content"] == "from ann"
    assert (await node.call("GET", path, user=ben)).status == 200
