"""A whole node, two people, and a push service of our own."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.fakes.browser import Browser
from tests.fakes.mailbox import Mailbox, open_mailbox
from tests.fakes.receiver import Receiver, a_receiver
from tests.scenes.node import NodeScene, User, open_node_scene, quick

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


class Notified:
    """Ann, who is told, and Ben, who says things; ``room`` is theirs, and ``direct``."""

    def __init__(
        self,
        node: NodeScene,
        service: Receiver,
        mailbox: Mailbox,
        database: Database,
        ann: User,
        ben: User,
    ) -> None:
        self.mailbox = mailbox
        self.node = node
        self.service = service
        self.database = database
        self.ann, self.ben = ann, ben
        self.room = self.direct = ""
        self.browser = Browser()

    async def ask(self, method: str, path: str, body: object = None, *, user: User) -> Any:
        answer = await self.node.call(method, f"/api/v2{path}", body, user=user)
        assert answer.status < 300, answer.body
        return answer.json() if answer.body else None

    async def say(self, content: str, *, place: str | None = None) -> dict[str, Any]:
        path = f"/conversations/{place or self.room}/messages"
        said: dict[str, Any] = await self.ask("POST", path, {"content": content}, user=self.ben)
        return said

    async def told(self, count: int, *, user: User | None = None) -> list[dict[str, Any]]:
        """Wait until somebody was told so much; the oldest first."""
        async with asyncio.timeout(60):
            while True:
                page = await self.ask("GET", "/notifications", user=user or self.ann)
                if len(page["items"]) >= count:
                    return list(page["items"][::-1])
                await asyncio.sleep(0.02)

    async def subscribe(self) -> dict[str, Any]:
        body = self.browser.subscription(self.service.url)
        made: dict[str, Any] = await self.ask("POST", "/push/subscriptions", body, user=self.ann)
        return made

    async def hurry(self) -> None:
        """Let the time of all that waits come."""
        async with self.database.connection() as connection:
            await connection.execute("UPDATE jobs.waiting SET due_at = now() WHERE NOT is_taken")
        self.node.node.jobs.wake()

    async def pushed(self, count: int) -> list[dict[str, Any]]:
        await self.hurry()
        requests = await self.service.wait_for(count)
        return [self.browser.open(request) for request in requests]

    async def quiet(self) -> int:
        """Wait until no job waits or is under way; gives how many pushes there were."""
        async with asyncio.timeout(60):
            while True:
                await self.hurry()
                async with self.database.connection() as connection:
                    if not await connection.fetchval("SELECT count(*) FROM jobs.waiting"):
                        return len(self.service.received)
                await asyncio.sleep(0.02)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.02)


@pytest.fixture
async def scene(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[Notified]:
    settings = quick(Settings(), tmp_path)
    async with a_receiver() as service, open_mailbox() as mailbox:
        settings = replace(
            settings,
            server=replace(settings.server, public_url="https://chat.example.org"),
            outbound=replace(settings.outbound, allowed_networks=LOOPBACK),
            mail=replace(
                settings.mail,
                host="127.0.0.1",
                port=mailbox.port,
                tls="none",
                sender="chat@example.org",
            ),
        )
        async with open_node_scene(database, fresh_database.app_dsn, settings) as node:
            ben, ann = await node.register("ben"), await node.register("ann")
            opened = Notified(node, service, mailbox, database, ann, ben)
            room = {"kind": "room", "name": "den", "members": [ann.id]}
            direct = {"kind": "direct", "members": [ann.id]}
            opened.room = (await opened.ask("POST", "/conversations", room, user=ben))["id"]
            opened.direct = (await opened.ask("POST", "/conversations", direct, user=ben))["id"]
            yield opened
