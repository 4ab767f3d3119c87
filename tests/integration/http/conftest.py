"""A whole node on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.scenes.node import NodeScene, open_node_scene, quick


@pytest.fixture
async def scene(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    settings = quick(Settings(), tmp_path)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as opened:
        yield opened
