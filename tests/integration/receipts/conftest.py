"""A whole node, with people who talk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.fakes.peer import FakePeer
from tests.scenes.node import Answer, NodeScene, User, open_node_scene, quick

BASE = "/api/v2/conversations"


class Talk:
    """Ann and Ben in a room and a direct chat, and Eve who is in neither."""

    def __init__(self, node: NodeScene, ann: User, ben: User, eve: User) -> None:
        self.node = node
        self.ann, self.ben, self.eve = ann, ben, eve
        self.room = self.direct = ""

    async def begin(self) -> None:
        room = {"kind": "room", "name": "home", "visibility": "private", "members": [self.ben.id]}
        self.room = (await self.call("POST", BASE, room)).json()["id"]
        direct = {"kind": "direct", "members": [self.ben.id]}
        self.direct = (await self.call("POST", BASE, direct)).json()["id"]

    async def call(
        self, method: str, path: str, body: object = None, *, user: User | None = None, **more: Any
    ) -> Answer:
        return await self.node.call(method, path, body, user=user or self.ann, **more)

    async def say(self, text: str, *, user: User | None = None, **more: object) -> Any:
        path = f"{BASE}/{more.pop('to', self.room)}/messages"
        answer = await self.call("POST", path, {"content": text, **more}, user=user)
        assert answer.status == 201, answer.body
        return answer.json()

    async def unread(self, user: User) -> Any:
        answer = await self.call("GET", "/api/v2/unread", user=user)
        assert answer.status == 200, answer.body
        return answer.json()

    async def receipts(self, user: User, *, of: str = "") -> dict[int, int]:
        answer = await self.call("GET", f"{BASE}/{of or self.room}/receipts", user=user)
        assert answer.status == 200, answer.body
        return {item["user_id"]: item["seq"] for item in answer.json()["items"]}

    async def read(self, user: User, seq: int, *, of: str = "") -> None:
        answer = await self.call("POST", f"{BASE}/{of or self.room}/read", {"seq": seq}, user=user)
        assert answer.status == 200, answer.body

    async def connect(self, user: User) -> FakePeer:
        peer = await self.node.connect("/ws/v2", user)
        await peer.hear("hello")
        return peer

    async def ask(self, peer: FakePeer, command: str, **data: object) -> Any:
        peer.say({"type": command, "ref": "r", "data": data})
        return (await peer.hear("ack"))["data"]


@pytest.fixture
async def talk(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[Talk]:
    settings = quick(Settings(), tmp_path)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as node:
        talk = Talk(node, *[await node.register(name) for name in ("ann", "ben", "eve")])
        await talk.begin()
        yield talk
