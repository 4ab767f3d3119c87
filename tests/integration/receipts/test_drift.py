"""Unread and mention counts are right on every device, whatever happens: at random, and recounted."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from causerie.conversations import ConversationView, Kind, wire_id
from causerie.foundation.errors import Refusal
from causerie.foundation.identity import Principal
from causerie.foundation.telemetry import metrics
from causerie.messages import Message, MessageType
from causerie.messages import wiring as messages_wiring
from causerie.messages.errors import MessageDeleted
from causerie.receipts.service.recount import Recounter
from causerie.receipts.store.positions import PostgresPositions
from tests.databases import FreshDatabase
from tests.fakes.peer import FakePeer
from tests.scenes.race import RaceScene, open_race_scene

pytestmark = pytest.mark.long

# The number of the requirement in the long form (CAUSERIE_CHAOS=full); the short one has as much of each.
OPERATIONS = 10_000 if os.environ.get("CAUSERIE_CHAOS") == "full" else 2_000
AT_ONCE = 200
TEXTS = ("plain words", "hello @ann", "@ann and @ben", "@room all", "mail ann@home")


class Place:
    """What a device holds of one conversation."""

    def __init__(self, seen: dict[str, Any]) -> None:
        self.last_seq = seen["last_seq"]
        self.rev = seen["rev"]
        self.read_seq = seen["read_seq"]
        # Messages that call the device's user, with the thread that they are in; and how far the
        # user has read each thread.
        self.calls: dict[int, int | None] = {}
        self.threads: dict[int | None, int] = {None: 0}

    def note_read(self, root: int, seq: int) -> None:
        """Take note of how far a thread was read; never goes back."""
        self.threads[root] = max(self.threads.get(root, 0), seq)

    @property
    def counts(self) -> tuple[int, int]:
        """Unread messages, and mentions among them."""
        return (
            self.last_seq - self.read_seq,
            sum(
                seq > max(self.read_seq, self.threads.get(root, 0))
                for seq, root in self.calls.items()
            ),
        )


class Device:
    """A client that counts for itself, by hello and events alone."""

    def __init__(self, scene: RaceScene, who: Principal) -> None:
        self._scene = scene
        self._who = who
        self.places: dict[str, Place] = {}
        self._peer: FakePeer | None = None
        self._taken = 0

    async def connect(self) -> None:
        """Come back: ask for what was missed, as the first thing."""
        if self._peer is not None:
            self._take()
            self._peer.close(1000)
        self._peer = self._scene.connect(self._who)
        self._taken = 0
        await self._peer.hear("hello")
        since = {name: place.last_seq for name, place in self.places.items()}
        revs = {name: place.rev for name, place in self.places.items()}
        if since:
            self.say("subscribe", {"since": since, "revs": revs})
        # No number tells that it was missed how far a thread was read: a client asks.
        for row in await self._scene.fetch(
            "SELECT c.kind, t.conversation_id, root_id, read_seq FROM messages.thread_members t"
            " JOIN conversations.conversations c ON c.id = conversation_id WHERE user_id = $1",
            self._who.user_id,
        ):
            place = self.places.get(wire_id(Kind(row["kind"]), row["conversation_id"]))
            if place is not None:
                place.note_read(row["root_id"], row["read_seq"])

    def say(self, command: str, data: object) -> None:
        assert self._peer is not None
        self._peer.say({"type": command, "data": data})

    async def settle(self) -> None:
        """Take all that the server has sent by now."""
        assert self._peer is not None
        self._peer.say({"type": "ping", "ref": "end"})
        while (await self._peer.hear("ack"))["ref"] != "end":
            pass
        self._take()

    def _take(self) -> None:
        assert self._peer is not None
        for frame in self._peer.heard[self._taken :]:
            self._hear(frame["type"], frame["data"])
        self._taken = len(self._peer.heard)

    def _hear(self, kind: str, data: Any) -> None:
        if kind == "hello":
            for seen in data["conversations"]:
                place = self.places.setdefault(seen["id"], Place(seen))
                place.read_seq = max(place.read_seq, seen["read_seq"])
        elif kind in {"message", "message_edited", "message_deleted"}:
            self._note(kind, self.places[data["conversation_id"]], data)
        elif kind == "read" and data["user_id"] == self._who.user_id:
            place = self.places[data["conversation_id"]]
            place.read_seq = max(place.read_seq, data["seq"])
        elif kind == "thread_updated":
            place = self.places[data["conversation_id"]]
            assert data["rev"] == place.rev + 1
            place.rev += 1
        elif kind == "thread_read":
            self.places[data["conversation_id"]].note_read(data["message_id"], data["seq"])
        else:
            assert kind in {"ack", "read"}, (kind, data)

    def _note(self, kind: str, place: Place, data: Any) -> None:
        if kind == "message":
            assert data["seq"] == place.last_seq + 1
            place.last_seq += 1
        else:
            assert data["rev"] == place.rev + 1
            place.rev += 1
        is_own = data["sender"]["id"] == self._who.user_id
        if is_own and kind == "message":
            place.read_seq = max(place.read_seq, data["seq"])
        if self._who.user_id in data["mentions"] and not is_own:
            place.calls[data["seq"]] = data["parent_message_id"]
        else:
            place.calls.pop(data["seq"], None)


class Town:
    """Ann with three devices, and two others, in three rooms."""

    def __init__(self, scene: RaceScene, people: Sequence[Principal], seed: int) -> None:
        self.scene = scene
        self.ann, self.ben, self.cat = people
        self.rooms: list[ConversationView] = []
        self.sent: list[Message] = []
        self.devices = [Device(scene, self.ann) for _ in range(3)]
        self.seed = seed
        self.chance = random.Random(seed)

    async def act(self) -> None:
        """Do one thing out of all that people do."""
        pick = self.chance.random()
        room = self.chance.choice(self.rooms)
        if pick < 0.7 or not self.sent:
            await self._send(room)
        elif pick < 0.78:
            await self._answer(self.chance.choice(self.sent))
        elif pick < 0.82:
            await self._read_thread(self.chance.choice(self.sent))
        elif pick < 0.94:
            name = wire_id(room.kind, room.id)
            device = self.chance.choice(self.devices)
            seq = self.chance.randint(1, max(1, device.places[name].last_seq))
            data = {"conversation_id": name, "seq": seq}
            self.chance.choice(self.devices).say("mark_read", data)
        else:
            await self._change(self.chance.choice(self.sent), is_edit=pick < 0.98)

    async def _send(self, room: ConversationView) -> None:
        sender = self.chance.choice((self.ann, self.ben, self.ben, self.cat, self.cat))
        sent = await self.scene.send(sender, room, self.chance.choice(TEXTS))
        if sent.message.sender_id == self.ann.user_id or self.chance.random() < 0.2:
            self.sent.append(sent.message)

    async def _answer(self, message: Message) -> None:
        root = message.id if message.parent_id is None else message.parent_id
        room = next(room for room in self.rooms if room.id == message.conversation_id)
        sender = self.chance.choice((self.ann, self.ben, self.cat))
        with suppress(Refusal):  # Its first message was deleted at the same moment.
            await self.scene.service.send_and_wait(
                sender,
                conversation=wire_id(room.kind, room.id),
                content=self.chance.choice(TEXTS),
                client_id=None,
                message_type=MessageType.TEXT,
                parent_message_id=root,
            )

    async def _read_thread(self, message: Message) -> None:
        """Ann reads one, somewhere."""
        with suppress(Refusal):
            seq = message.seq + self.chance.randint(1, 200)
            await self.scene.threads.mark_read(self.ann, message.id, seq)

    async def _change(self, message: Message, *, is_edit: bool) -> None:
        author = next(
            who for who in (self.ann, self.ben, self.cat) if who.user_id == message.sender_id
        )
        if not is_edit:
            self.sent.remove(message)
            await self.scene.service.delete_message(author, message.id)
        elif message in self.sent:
            text = self.chance.choice(TEXTS)
            with suppress(MessageDeleted):  # Somebody did so at the same moment.
                await self.scene.service.edit_message(author, message.id, content=text)


async def counted_by_server(scene: RaceScene, who: Principal) -> dict[str, tuple[int, int]]:
    """Unread messages and mentions of every conversation, as the list of unread has them."""
    found = await PostgresPositions(scene.database).unread(who.user_id)
    tallies = messages_wiring.tallies(scene.database)
    behind = await tallies.behind(who.user_id, [position for _, position in found])
    return {
        wire_id(kind, p.conversation_id): (
            p.last_seq - p.read_seq,
            behind[p.conversation_id].mentions if p.conversation_id in behind else 0,
        )
        for kind, p in found
    }


async def test_operations_at_random_leave_every_count_right(
    fresh_database: FreshDatabase,
) -> None:
    async with open_race_scene(fresh_database.app_dsn) as scene:
        people = await scene.people("ann", "ben", "cat")
        town = Town(scene, people, seed=random.randrange(1 << 32))
        for name in ("one", "two", "three"):
            town.rooms.append(await scene.room(town.ann, town.ben, town.cat, name=name))
        for device in town.devices:
            await device.connect()
            await device.settle()

        for done in range(0, OPERATIONS, AT_ONCE):
            back = town.chance.sample(town.devices, 2)
            acts = [town.act() for _ in range(AT_ONCE - len(back))]
            await asyncio.gather(*acts, *(device.connect() for device in back))
            if done % (10 * AT_ONCE) == 0:
                await compare(town)
        await compare(town)

        assert await drift_of(scene) == 0


async def compare(town: Town) -> None:
    """Every device's own counts are the server's."""
    for device in town.devices:
        await device.settle()
    server = await counted_by_server(town.scene, town.ann)
    for device in town.devices:
        assert {n: p.counts for n, p in device.places.items() if any(p.counts)} == server, town.seed


async def drift_of(scene: RaceScene) -> float:
    """What a whole recount finds, by the metric."""
    recounter = Recounter(
        PostgresPositions(scene.database), messages_wiring.tallies(scene.database)
    )
    return await drift_found(recounter)


async def drift_found(recounter: Recounter) -> float:
    """What going through all positions once leaves in the metric."""
    metrics.UNREAD_DRIFT.set(-1)
    while await recounter.step(limit=2):
        pass
    return _shown()


def _shown() -> float:
    line = next(
        line
        for line in metrics.render().decode().splitlines()
        if line.startswith("chat_server_unread_drift ")
    )
    return float(line.split()[1])


@pytest.mark.parametrize(
    ("harm", "drift"),
    [
        ("DELETE FROM messages.mentions", 1),
        ("UPDATE conversations.conversations SET last_seq = last_seq + 2", 6),
        ("UPDATE messages.messages SET mentions = NULL", 1),
    ],
)
async def test_the_recount_finds_what_is_wrong(
    fresh_database: FreshDatabase, harm: str, drift: int
) -> None:
    async with open_race_scene(fresh_database.app_dsn) as scene:
        ann, ben, cat = await scene.people("ann", "ben", "cat")
        room = await scene.room(ann, ben, cat)
        await scene.say(ben, room, "hello @ann", "more")
        assert await drift_of(scene) == 0

        await scene.fetch(harm)

        assert await drift_of(scene) == drift
