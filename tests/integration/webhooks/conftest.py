"""A whole node that may send to this machine, and an endpoint on it."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.fakes.receiver import Receiver, a_receiver
from tests.scenes.node import NodeScene, User, open_node_scene, quick

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


class HookScene:
    """Ann owns a room on a node; ``receiver`` is where its events may go."""

    def __init__(self, node: NodeScene, receiver: Receiver, admin: User, ann: User) -> None:
        self.node = node
        self.receiver = receiver
        self.admin = admin
        self.ann = ann
        self.room = ""

    async def ask(
        self, method: str, path: str, body: object = None, *, user: User | None = None, **more: Any
    ) -> Any:
        answer = await self.node.call(method, f"/api/v2{path}", body, user=user or self.ann, **more)
        assert answer.status < 300, answer.body
        return answer.json() if answer.body else None

    async def listen(self, *, user: User | None = None, **fields: object) -> dict[str, Any]:
        """Make an endpoint of the room, unless said otherwise."""
        body = {"url": self.receiver.url, "conversation_id": self.room, **fields}
        made: dict[str, Any] = await self.ask("POST", "/webhook-endpoints", body, user=user)
        return made

    async def say(self, content: str, *, room: str | None = None) -> dict[str, Any]:
        path = f"/conversations/{room or self.room}/messages"
        said: dict[str, Any] = await self.ask("POST", path, {"content": content})
        return said

    async def deliveries(self, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
        path = f"/webhook-endpoints/{endpoint['id']}/deliveries"
        items: list[dict[str, Any]] = (await self.ask("GET", path))["items"]
        return items


@pytest.fixture
async def scene(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[HookScene]:
    settings = quick(Settings(), tmp_path)
    settings = replace(settings, outbound=replace(settings.outbound, allowed_networks=LOOPBACK))
    async with (
        a_receiver() as receiver,
        open_node_scene(database, fresh_database.app_dsn, settings) as node,
    ):
        admin, ann = await node.register("admin"), await node.register("ann")
        opened = HookScene(node, receiver, admin, ann)
        made = await opened.ask("POST", "/conversations", {"kind": "room", "name": "den"})
        opened.room = made["id"]
        yield opened
