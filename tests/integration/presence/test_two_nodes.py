"""Presence, typing and profiles at two whole nodes that share a Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.fakes.peer import FakePeer
from tests.scenes.node import NodeScene, User, open_node_scene, quick
from tests.valkeys import a_valkey, cache_of


class Pair:
    """Two nodes; Ann, Ben and Cat in a room."""

    def __init__(self, one: NodeScene, other: NodeScene) -> None:
        self.one, self.other = one, other
        self.ann = self.ben = self.cat = User(0, "", "")
        self.room = ""

    async def begin(self) -> None:
        self.ann, self.ben, self.cat = [
            await self.one.register(name) for name in ("ann", "ben", "cat")
        ]
        body = {"kind": "room", "name": "den", "members": [self.ben.id, self.cat.id]}
        made = await self.one.call("POST", "/api/v2/conversations", body, user=self.ann)
        self.room = made.json()["id"]

    async def status(self, node: NodeScene, of: User, *, seen_by: User) -> str:
        answer = await node.call("GET", f"/api/v2/users/{of.id}/presence", user=seen_by)
        return str(answer.json()["status"])


async def connect(node: NodeScene, user: User) -> FakePeer:
    peer = await node.connect("/ws/v2", user)
    await peer.hear("hello")
    return peer


async def hear_of(peer: FakePeer, user: User, status: str) -> dict[str, Any]:
    """Wait until a socket hears that somebody is something."""
    async with asyncio.timeout(20):
        while True:
            data: dict[str, Any] = (await peer.hear("presence"))["data"]
            if (data["user_id"], data["status"]) == (user.id, status):
                return data


@pytest.fixture
async def pair(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[Pair]:
    settings = quick(Settings(), tmp_path)
    async with AsyncExitStack() as stack:
        valkey = stack.enter_context(a_valkey())
        nodes = []
        for _ in range(2):
            cache = cache_of(valkey.url)
            await cache.open()
            stack.push_async_callback(cache.close)
            scene = open_node_scene(database, fresh_database.app_dsn, settings, cache=cache)
            nodes.append(await stack.enter_async_context(scene))
        pair = Pair(*nodes)
        await pair.begin()
        yield pair


async def test_who_is_at_one_node_is_seen_and_seen_typing_at_the_other(pair: Pair) -> None:
    ben = await connect(pair.other, pair.ben)
    # Until it follows the room there, nothing is brought to it.
    await connect(pair.other, pair.cat)
    await hear_of(ben, pair.cat, "online")

    ann = await connect(pair.one, pair.ann)
    await hear_of(ben, pair.ann, "online")
    asked = await pair.status(pair.other, pair.ann, seen_by=pair.ben)
    ann.say({"type": "typing", "data": {"conversation_id": pair.room, "typing": True}})
    typing = (await ben.hear("typing"))["data"]

    assert asked == "online"
    assert typing == {"conversation_id": pair.room, "user_id": pair.ann.id, "typing": True}


async def test_invisible_at_one_node_is_invisible_at_both(pair: Pair) -> None:
    ben = await connect(pair.other, pair.ben)
    phone = await connect(pair.one, pair.ann)
    laptop = await connect(pair.other, pair.ann)
    await hear_of(ben, pair.ann, "online")

    phone.say({"type": "set_presence", "ref": 1, "data": {"status": "invisible"}})
    await phone.hear("ack")
    await hear_of(ben, pair.ann, "offline")
    await hear_of(laptop, pair.ann, "invisible")

    assert await pair.status(pair.other, pair.ann, seen_by=pair.ben) == "offline"
    assert await pair.status(pair.other, pair.ann, seen_by=pair.ann) == "invisible"


async def test_a_profile_is_told_at_both_nodes(pair: Pair) -> None:
    ben = await connect(pair.other, pair.ben)
    await pair.other.call("GET", "/api/v2/users?username=ann", user=pair.ben)

    await pair.one.call("PATCH", "/api/v2/me", {"status_text": "out"}, user=pair.ann)

    assert (await ben.hear("user_updated"))["data"]["status_text"] == "out"
