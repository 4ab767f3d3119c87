"""A whole node with an admin, a moderator and people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.scenes.moderation import ModerationScene, open_moderation_scene
from tests.scenes.node import open_node_scene, quick


@pytest.fixture
async def scene(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[ModerationScene]:
    settings = quick(Settings(), tmp_path)
    settings = replace(settings, limits=replace(settings.limits, max_messages_per_minute=0))
    async with open_node_scene(database, fresh_database.app_dsn, settings) as node:
        yield await open_moderation_scene(node, database)
