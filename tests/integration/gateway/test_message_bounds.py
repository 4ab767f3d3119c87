"""A bound on messages that is switched off leaves the largest one that the settings know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from causerie.gateway.ports import Admitted
from tests.databases import FreshDatabase
from tests.scenes.node import NodeScene, open_node_scene, quick

LARGEST_BYTES = 64 << 20  # docs/configuration.md


@pytest.fixture
async def scene(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    settings = quick(Settings(), tmp_path)
    settings = replace(
        settings,
        limits=replace(
            settings.limits, max_message_size=0, max_message_size_v1=0, max_message_length=0
        ),
        testing=replace(settings.testing, echo=True),
    )
    async with open_node_scene(database, fresh_database.app_dsn, settings) as opened:
        yield opened


async def test_every_socket_keeps_a_bound(scene: NodeScene) -> None:
    ada = await scene.register("ada")

    for path in ("/", "/ws/v1", "/ws/v2", "/ws/echo"):
        admitted = await scene.admit(path, ada)
        assert isinstance(admitted, Admitted), path
        assert admitted.receiver.max_message_bytes == LARGEST_BYTES, path


@pytest.mark.parametrize("path", ["/", "/ws/v1"])
async def test_an_old_client_says_more_than_the_default_allows(scene: NodeScene, path: str) -> None:
    ada = await scene.register("ada")
    peer = await scene.connect(path, ada)
    text = "much " * 4000

    peer.say({"type": "join_room", "room": "lobby"})
    peer.say({"type": "room_message", "room": "lobby", "content": text})
    said = await peer.hear("message")

    assert said["data"]["content"] == text
    assert peer.close_code is None
