"""A whole node with two people and a room that one of them has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.scenes.files import FilesScene
from tests.scenes.node import open_node_scene, quick

SMALL_BYTES = 3_000_000  # of one file, so that tests reach it quickly
QUOTA_BYTES = 5_000_000


@asynccontextmanager
async def open_files_scene(
    database: Database, dsn: str, folder: Path, *, max_bytes: int = SMALL_BYTES, **files: object
) -> AsyncIterator[FilesScene]:
    """A node with these settings of files."""
    settings = quick(Settings(), folder)
    chosen: dict[str, Any] = {"quota_per_user": QUOTA_BYTES, **files}
    settings = replace(
        settings,
        limits=replace(settings.limits, max_messages_per_minute=0, max_file_size=max_bytes),
        files=replace(settings.files, **chosen),
    )
    async with open_node_scene(database, dsn, settings) as node:
        yield await FilesScene.open(node, database, folder)


@pytest.fixture
async def scene(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[FilesScene]:
    async with open_files_scene(database, fresh_database.app_dsn, tmp_path) as opened:
        yield opened
