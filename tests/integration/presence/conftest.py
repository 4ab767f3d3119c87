"""A whole node where people are gone soon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.scenes.node import NodeScene, open_node_scene, quick

GRACE_SECONDS = 0.6


@pytest.fixture
async def node(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    """A whole node on a database of its own."""
    settings = quick(Settings(), tmp_path)
    presence = replace(settings.presence, offline_after=GRACE_SECONDS)
    settings = replace(settings, presence=presence)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as opened:
        yield opened
