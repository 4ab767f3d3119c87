"""Scenes with a real database: slices without a socket, or a whole node."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.scenes.conversation import ConversationScene, open_conversation_scene
from tests.scenes.node import NodeScene, User, open_node_scene, quick
from tests.scenes.race import RaceScene, open_race_scene


@pytest.fixture
async def scene(fresh_database: FreshDatabase) -> AsyncIterator[ConversationScene]:
    async with open_conversation_scene(fresh_database.app_dsn) as opened:
        yield opened


@pytest.fixture
async def other_node(
    scene: ConversationScene, fresh_database: FreshDatabase
) -> AsyncIterator[ConversationScene]:
    """A second node on the same database, with a writer of its own."""
    del scene  # on whose database
    async with open_conversation_scene(fresh_database.app_dsn) as opened:
        yield opened


@pytest.fixture
async def race(fresh_database: FreshDatabase) -> AsyncIterator[RaceScene]:
    """A node with sockets whose steps a test can interrupt."""
    async with open_race_scene(fresh_database.app_dsn) as opened:
        yield opened


@pytest.fixture
async def node(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    """A whole node without a limit on sends."""
    settings = quick(Settings(), tmp_path)
    settings = replace(settings, limits=replace(settings.limits, max_messages_per_minute=0))
    async with open_node_scene(database, fresh_database.app_dsn, settings) as opened:
        yield opened


@pytest.fixture
async def resident(node: NodeScene) -> tuple[User, str]:
    """Somebody with a room of their own, for all examples of a property."""
    ann = await node.register("ann")
    body = {"kind": "room", "name": "general"}
    answer = await node.call("POST", "/api/v2/conversations", body, user=ann)
    return ann, answer.json()["id"]
