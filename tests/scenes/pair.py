"""Two whole nodes that share a database and a Valkey, and three people in a room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from causerie.assembly.settings import Settings
from causerie.foundation.cache import Cache
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.ensembles import Watched
from tests.fakes.peer import FakePeer
from tests.scenes.node import NodeScene, User, open_node_scene, quick
from tests.valkeys import Valkey, a_valkey, cache_of

TURN_SECONDS = 60.0  # A failover takes four on a quiet machine, the others far less.
GRACE_SECONDS = 0.6  # So long after the last device somebody is gone.


class Pair:
    """Two nodes; Ann, Ben and Cat in a room."""

    def __init__(self, nodes: Sequence[NodeScene], valkey: Valkey, caches: Sequence[Cache]) -> None:
        self.one, self.other = nodes
        self.valkey = valkey
        self._caches = caches
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

    async def lose_each_other(self) -> None:
        """Kill Valkey, and wait until both nodes know."""
        self.valkey.kill()
        await self.until(is_away=True)

    async def find_each_other(self) -> None:
        """Start it again, empty."""
        self.valkey.start()
        await self.until(is_away=False)

    async def until(self, *, is_away: bool) -> None:
        """Wait until both nodes know that Redis is away, or back."""
        async with asyncio.timeout(TURN_SECONDS):
            while not all(cache.is_away is is_away for cache in self._caches):
                await asyncio.sleep(0.02)


async def connect(node: NodeScene, user: User) -> FakePeer:
    peer = await node.connect("/ws/v2", user)
    await peer.hear("hello")
    return peer


async def hear_of(peer: FakePeer, user: User, status: str) -> dict[str, Any]:
    """Wait until a socket hears that somebody is something."""
    async with asyncio.timeout(60):
        while True:
            data: dict[str, Any] = (await peer.hear("presence"))["data"]
            if (data["user_id"], data["status"]) == (user.id, status):
                return data


@asynccontextmanager
async def open_pair(
    database: Database,
    fresh_database: FreshDatabase,
    folder: Path,
    *,
    watched: Watched | None = None,
) -> AsyncIterator[Pair]:
    """Start all of it, and stop it in order; on a Valkey of its own, or on one with Sentinels."""
    settings = quick(Settings(), folder)
    presence = replace(settings.presence, offline_after=GRACE_SECONDS)
    settings = replace(settings, presence=presence)
    async with AsyncExitStack() as stack:
        valkey = watched.master if watched else stack.enter_context(a_valkey())
        nodes, caches = [], []
        for _ in range(2):
            cache = cache_of(watched.url if watched else valkey.url)
            await cache.open()
            caches.append(cache)
            stack.push_async_callback(cache.close)
            scene = open_node_scene(database, fresh_database.app_dsn, settings, cache=cache)
            nodes.append(await stack.enter_async_context(scene))
        pair = Pair(nodes, valkey, caches)
        await pair.begin()
        yield pair
