"""Presence over every door of a whole node."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.fakes.peer import FakePeer
from tests.scenes.node import NodeScene, User, open_node_scene, quick

BASE = "/api/v2/conversations"


class Pair:
    """Two people with a room and a direct chat, and one who shares nothing with them."""

    def __init__(self, node: NodeScene, ann: User, ben: User, eve: User) -> None:
        self.node = node
        self.ann, self.ben, self.eve = ann, ben, eve
        self.room = self.direct = ""

    async def move_in(self) -> None:
        room = {"kind": "room", "name": "home", "visibility": "private", "members": [self.ben.id]}
        made = await self.node.call("POST", BASE, room, user=self.ann)
        self.room = made.json()["id"]
        direct = {"kind": "direct", "members": [self.ben.id]}
        self.direct = (await self.node.call("POST", BASE, direct, user=self.ann)).json()["id"]

    async def connect(self, user: User) -> FakePeer:
        peer = await self.node.connect("/ws/v2", user)
        await peer.hear("hello")
        return peer

    async def ask(self, peer: FakePeer, command: str, **data: object) -> Any:
        peer.say({"type": command, "ref": "r", "data": data})
        while True:
            frame = await peer.hear_next()
            if frame["type"] in {"ack", "error"}:
                return frame

    async def choose(self, peer: FakePeer, status: str, **more: object) -> None:
        assert (await self.ask(peer, "set_presence", status=status, **more))["type"] == "ack"

    async def presence_of(self, user: User, *, viewer: User) -> Any:
        answer = await self.node.call("GET", f"/api/v2/users/{user.id}/presence", user=viewer)
        assert answer.status == 200, answer.body
        return answer.json()

    async def until_shown(self, status: str, user: User, *, to: FakePeer) -> Any:
        """Wait until a socket was told that a user is this."""
        while True:
            told = (await to.hear("presence"))["data"]
            if (told["user_id"], told["status"]) == (user.id, status):
                return told


@pytest.fixture
async def pair(node: NodeScene) -> Pair:
    pair = Pair(node, *[await node.register(name) for name in ("ann", "ben", "eve")])
    await pair.move_in()
    return pair


async def test_coming_and_going_is_told_to_those_who_share_a_conversation(pair: Pair) -> None:
    there, elsewhere = await pair.connect(pair.ben), await pair.connect(pair.eve)

    here = await pair.connect(pair.ann)
    online = await pair.until_shown("online", pair.ann, to=there)
    here.close(1000)
    offline = await pair.until_shown("offline", pair.ann, to=there)

    assert online.keys() == {"user_id", "status", "last_active_at", "at"}
    assert offline["last_active_at"] is not None
    about = [f["data"]["user_id"] for f in elsewhere.heard if f["type"] == "presence"]
    assert about == []


async def test_a_lookup_and_the_events_tell_the_same(pair: Pair) -> None:
    there = await pair.connect(pair.ben)
    assert (await pair.presence_of(pair.ann, viewer=pair.ben))["status"] == "offline"
    here = await pair.connect(pair.ann)

    for status in ("busy", "away", "online"):
        await pair.choose(here, status)
        looked_up = await pair.presence_of(pair.ann, viewer=pair.ben)
        told = await pair.until_shown(status, pair.ann, to=there)

        assert (looked_up["status"], looked_up["user_id"]) == (status, pair.ann.id)
        assert told["last_active_at"] is not None


async def test_a_choice_made_while_others_connect_reaches_them_by_lookup_or_event(
    pair: Pair,
) -> None:
    # CH-18: whatever falls between the two, of what was looked up and told the later one is true.
    here = await pair.connect(pair.ann)
    for n in range(6):
        status = ("busy", "online")[n % 2]
        _, there = await asyncio.gather(pair.choose(here, status), pair.connect(pair.ben))
        known = await pair.presence_of(pair.ann, viewer=pair.ben)
        await pair.ask(there, "ping")

        def newest(known: Any = known, there: FakePeer = there) -> Any:
            told = [f["data"] for f in there.heard if f["type"] == "presence"]
            return max([known, *(t for t in told if t["user_id"] == pair.ann.id)], key=_at)

        async with asyncio.timeout(60):
            while newest()["status"] != status:
                await asyncio.sleep(0.05)
        there.close(1000)


def _at(presence: Any) -> str:
    at: str = presence["at"]
    return at


async def test_a_devices_choice_reaches_the_other_devices(pair: Pair) -> None:
    phone, laptop = await pair.connect(pair.ann), await pair.connect(pair.ann)

    await pair.choose(phone, "invisible")

    assert (await pair.until_shown("invisible", pair.ann, to=laptop))["user_id"] == pair.ann.id
    tablet = await pair.connect(pair.ann)
    await pair.until_shown("invisible", pair.ann, to=tablet)


async def test_a_choice_for_good_outlives_the_node(
    pair: Pair, database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    await pair.choose(await pair.connect(pair.ann), "invisible")

    settings = quick(Settings(), tmp_path)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as restarted:
        again = Pair(restarted, pair.ann, pair.ben, pair.eve)
        there = await again.connect(pair.ben)
        here = await again.connect(pair.ann)
        await again.until_shown("invisible", pair.ann, to=here)

        assert (await again.presence_of(pair.ann, viewer=pair.ben))["status"] == "offline"
        assert [f for f in there.heard if f["data"].get("user_id") == pair.ann.id] == []


# --- invisible is invisible, in every door ---------------------------------------------------------


async def test_of_an_invisible_user_no_door_tells(pair: Pair) -> None:
    there = await pair.connect(pair.ben)
    here = await pair.connect(pair.ann)
    await pair.until_shown("online", pair.ann, to=there)
    await pair.choose(here, "invisible")
    gone = await pair.until_shown("offline", pair.ann, to=there)
    before = await pair.presence_of(pair.ann, viewer=pair.ben)
    mark = len(there.heard)

    for _ in range(3):
        await pair.ask(here, "typing", conversation_id=pair.room, typing=True)
        await pair.ask(here, "ping")
        await asyncio.sleep(0.3)
    here.close(1000)
    here = await pair.connect(pair.ann)
    await pair.until_shown("invisible", pair.ann, to=here)
    newcomer = await pair.connect(pair.ben)
    await pair.ask(newcomer, "ping")

    assert before["status"] == "offline"
    after = await pair.presence_of(pair.ann, viewer=pair.ben)
    moments = {"at": "", "last_active_at": ""}
    assert {**after, **moments} == {**before, **moments}
    # Reckoned from two clocks each time: the last digit may differ. What was done came 300 ms later.
    last = [datetime.fromisoformat(seen["last_active_at"]) for seen in (gone, before, after)]
    assert max(last) - min(last) <= timedelta(milliseconds=2)
    for peer, begin in ((there, mark), (newcomer, 0)):
        about = [f for f in peer.heard[begin:] if f["type"] in {"presence", "typing"}]
        assert [f for f in about if f["data"]["user_id"] == pair.ann.id] == []
    for path in (f"{BASE}/{pair.room}/presence", f"{BASE}/{pair.direct}/presence"):
        room = (await pair.node.call("GET", path, user=pair.ben)).json()
        (anns,) = [item for item in room["items"] if item["user_id"] == pair.ann.id]
        assert (anns["status"], anns["last_active_at"]) == ("offline", before["last_active_at"])
        assert room["online"] == 1
    for path in (f"{BASE}/{pair.room}/members", BASE, "/api/v2/users?username=ann", "/api/v2/me"):
        assert b"invisible" not in (await pair.node.call("GET", path, user=pair.ben)).body
    assert all(b"invisible" not in repr(frame).encode() for frame in newcomer.heard)


async def test_an_invisible_user_sees_oneself_and_the_others_until_seen_again(pair: Pair) -> None:
    here, there = await pair.connect(pair.ann), await pair.connect(pair.ben)
    await pair.choose(here, "invisible")

    await pair.choose(there, "busy")

    await pair.until_shown("busy", pair.ben, to=here)
    room = (await pair.node.call("GET", f"{BASE}/{pair.room}/presence", user=pair.ann)).json()
    assert {i["user_id"]: i["status"] for i in room["items"]} == {
        pair.ann.id: "invisible",
        pair.ben.id: "busy",
    }
    await pair.choose(here, "online")
    await pair.until_shown("online", pair.ann, to=there)


# --- asking ----------------------------------------------------------------------------------------


async def test_a_stranger_asks_in_vain(pair: Pair) -> None:
    for path in (
        f"{BASE}/{pair.room}/presence",
        f"{BASE}/{pair.direct}/presence",
        f"/api/v2/users/{pair.ann.id}/presence",
        "/api/v2/users/999999/presence",
    ):
        assert (await pair.node.call("GET", path, user=pair.eve)).status == 404, path


async def test_a_choice_over_http_happens_once(pair: Pair) -> None:
    key = {"idempotency-key": "once"}
    here = await pair.connect(pair.ann)

    async def put(status: str) -> Any:
        return await pair.node.call(
            "PUT", "/api/v2/me/presence", {"status": status}, user=pair.ann, headers=key
        )

    assert (await put("busy")).status == 200
    await pair.until_shown("busy", pair.ann, to=here)
    await pair.choose(here, "online")
    replay = await put("busy")

    assert replay.status == 200
    assert replay.json()["status"] in {"online", "offline"}
    assert (await put("away")).json()["code"] == "conflict"


async def test_what_cannot_be_chosen_is_invalid(pair: Pair) -> None:
    here = await pair.connect(pair.ann)

    for status in ("offline", "", "ONLINE", 1, None):
        answer = await pair.ask(here, "set_presence", status=status)
        assert answer["data"]["code"] == "invalid"


async def test_who_joins_and_who_is_there_are_introduced(pair: Pair) -> None:
    here, there = await pair.connect(pair.ann), await pair.connect(pair.eve)
    await pair.choose(here, "busy")

    await pair.node.call(
        "POST", f"{BASE}/{pair.room}/members", {"user_ids": [pair.eve.id]}, user=pair.ann
    )

    ann = await pair.until_shown("busy", pair.ann, to=there)
    eve = await pair.until_shown("online", pair.eve, to=here)

    assert (await pair.presence_of(pair.ann, viewer=pair.eve))["status"] == ann["status"]
    assert (await pair.presence_of(pair.eve, viewer=pair.ann))["status"] == eve["status"]


# --- typing ----------------------------------------------------------------------------------------


async def test_typing_reaches_the_others_and_ends_by_being_said_so(pair: Pair) -> None:
    there, here = await pair.connect(pair.ben), await pair.connect(pair.ann)
    await pair.until_shown("online", pair.ann, to=there)

    await pair.ask(here, "typing", conversation_id=pair.room, typing=True)
    begun = (await there.hear("typing"))["data"]
    await pair.ask(here, "typing", conversation_id=pair.room, typing=False)
    ended = (await there.hear("typing"))["data"]

    assert begun == {"conversation_id": pair.room, "user_id": pair.ann.id, "typing": True}
    assert ended == {**begun, "typing": False}
    assert [frame for frame in here.heard if frame["type"] == "typing"] == []


async def test_who_types_and_vanishes_types_no_more(pair: Pair) -> None:
    here, there = await pair.connect(pair.ann), await pair.connect(pair.ben)
    await pair.ask(here, "typing", conversation_id=pair.direct, typing=True)
    assert (await there.hear("typing"))["data"]["typing"] is True

    here.close(1000)

    assert (await there.hear("typing"))["data"]["typing"] is False


async def test_only_who_may_write_types(pair: Pair) -> None:
    outside, inside = await pair.connect(pair.eve), await pair.connect(pair.ben)
    stranger = await pair.ask(outside, "typing", conversation_id=pair.room, typing=True)
    await pair.node.call(
        "PATCH",
        f"{BASE}/{pair.room}/members/{pair.ben.id}",
        {"role": "read_only"},
        user=pair.ann,
    )
    reader = await pair.ask(inside, "typing", conversation_id=pair.room, typing=True)
    await pair.node.call("PUT", f"/api/v2/blocks/{pair.ben.id}", user=pair.ann)
    blocked = await pair.ask(inside, "typing", conversation_id=pair.direct, typing=True)
    wrong = await pair.ask(inside, "typing", conversation_id="dm_999", typing=True)

    codes = [frame["data"]["code"] for frame in (stranger, reader, blocked, wrong)]
    assert codes == ["not_found", "forbidden", "forbidden", "not_found"]
