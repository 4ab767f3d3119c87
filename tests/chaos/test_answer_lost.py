"""The database commits, and its answer is lost: everybody hears of it all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Connection, Database, Record
from tests.databases import FreshDatabase
from tests.fakes.peer import FakePeer
from tests.scenes.node import NodeScene, open_node_scene, quick

SILENCE_SECONDS = 1.0


class BreaksAfterCommit:
    """A connection that ends as soon as the database has done what was asked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def fetch(self, query: str, *args: object) -> list[Record]:
        await self._connection.fetch(query, *args)
        self.terminate()
        raise ConnectionResetError

    def terminate(self) -> None:
        self._connection.terminate()


@pytest.fixture
async def scene(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    settings = quick(Settings(), tmp_path)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as opened:
        yield opened


async def send_with_answer_lost(
    scene: NodeScene, database: Database
) -> tuple[FakePeer, FakePeer, dict[str, Any]]:
    """Send one message; gives sender, reader, and the acknowledgement."""
    alice, bob = await scene.register("alice"), await scene.register("bob")
    body = {"kind": "room", "name": "lobby", "members": [bob.id]}
    room = (await scene.call("POST", "/api/v2/conversations", body, user=alice)).json()["id"]
    peers = [await scene.connect("/ws/v2", user) for user in (alice, bob)]
    for peer in peers:
        await peer.hear("hello")
        peer.say({"type": "ping", "ref": 1, "data": {}})
        await peer.hear("ack")
    connection: Any = BreaksAfterCommit(await database.dedicated())
    scene.node.messages.writer._connection = connection
    data = {"conversation_id": room, "content": "hello"}
    peers[0].say({"type": "send_message", "ref": 2, "data": data})
    return peers[0], peers[1], (await peers[0].hear("ack"))["data"]


async def test_a_message_whose_commit_was_not_heard_of_is_told_to_all_once(
    scene: NodeScene, database: Database
) -> None:
    alice, bob, acknowledged = await send_with_answer_lost(scene, database)

    assert (await bob.hear("message"))["data"] == acknowledged
    for peer in (alice, bob):
        heard = [frame["data"]["id"] for frame in peer.heard if frame["type"] == "message"]
        assert heard == [acknowledged["id"]]


async def test_control_a_writer_that_only_answers_the_sender_is_seen(
    scene: NodeScene, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene.node.messages.writer, "_announce_known", lambda *_told: None)
    _, bob, _ = await send_with_answer_lost(scene, database)

    heard = None
    with suppress(TimeoutError):
        heard = await asyncio.wait_for(bob.hear("message"), SILENCE_SECONDS)
    assert heard is None
