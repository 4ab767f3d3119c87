from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from causerie.foundation.postgres import (
    Connection,
    DriverError,
    MigrationRefused,
    MigrationSource,
    migrate,
)
from causerie.foundation.postgres.database import connect
from tests.databases import FreshDatabase

NO_TRANSACTION = "-- causerie: no-transaction\n"


class SliceScene:
    """A package with migrations that a test writes, and the database they go to."""

    def __init__(self, folder: Path, database: FreshDatabase, connection: Connection) -> None:
        self._folder = folder
        self._dsn = database.owner_dsn
        self.connection = connection
        self.source = MigrationSource(schema="kitchen", package=folder.parent.name)

    def write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text)

    def remove(self, name: str) -> None:
        (self._folder / name).unlink()

    async def migrate(self) -> int:
        return await migrate(self._dsn, [self.source])

    async def has(self, name: str) -> bool:
        return bool(await self.connection.fetchval("SELECT to_regclass($1) IS NOT NULL", name))


@pytest.fixture
async def kitchen(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    empty_database: FreshDatabase,
    request: pytest.FixtureRequest,
) -> AsyncIterator[SliceScene]:
    # A name per test: an imported package stays imported.
    package = tmp_path / f"slice_{abs(hash(request.node.nodeid))}"
    (package / "migrations").mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    connection = await connect(empty_database.owner_dsn)
    scene = SliceScene(package / "migrations", empty_database, connection)
    scene.write("0001_schema.sql", "CREATE SCHEMA kitchen; CREATE TABLE kitchen.pots (id int);")
    yield scene
    await connection.close()


async def test_each_file_is_applied_once(kitchen: SliceScene) -> None:
    first = await kitchen.migrate()
    kitchen.write("0002_pans.sql", "CREATE TABLE kitchen.pans (id int);")
    second = await kitchen.migrate()
    third = await kitchen.migrate()

    assert (first, second, third) == (1, 1, 0)
    assert await kitchen.has("kitchen.pans")


async def test_what_was_applied_is_said_in_one_line(kitchen: SliceScene) -> None:
    kitchen.write("0002_pans.sql", "CREATE TABLE kitchen.pans (id int);")
    with capture_logs() as lines:
        await kitchen.migrate()
        await kitchen.migrate()

    said = [line for line in lines if line["log_level"] == "info"]
    assert [(line["event"], line["count"]) for line in said] == [("migrations_applied", 2)]
    assert said[0]["last"] == "kitchen/0002_pans.sql"


async def test_an_open_connection_of_the_owner_will_do(kitchen: SliceScene) -> None:
    applied = await migrate(kitchen.connection, [kitchen.source])

    assert applied == 1
    assert not await kitchen.connection.fetchval(
        "SELECT count(*) FROM pg_locks WHERE objid != 0 AND locktype = 'advisory'"
    )


async def test_nodes_that_start_at_once_all_succeed_and_apply_it_once(kitchen: SliceScene) -> None:
    kitchen.write("0002_slow.sql", "SELECT pg_sleep(0.2); CREATE TABLE kitchen.pans (id int);")

    applied = await asyncio.gather(*(kitchen.migrate() for _ in range(4)))

    assert sorted(applied) == [0, 0, 0, 2]


async def test_nodes_may_start_at_once_while_an_index_is_built_concurrently(
    kitchen: SliceScene,
) -> None:
    index = "CREATE INDEX CONCURRENTLY pots_id ON kitchen.pots (id);\n"
    kitchen.write(
        "0002_index.sql", f"{NO_TRANSACTION}DROP INDEX IF EXISTS kitchen.pots_id;\n{index}"
    )

    applied = await asyncio.gather(*(kitchen.migrate() for _ in range(4)))

    assert sorted(applied) == [0, 0, 0, 2]
    assert await kitchen.has("kitchen.pots_id")


async def test_a_file_that_fails_leaves_nothing_and_those_before_it_stay(
    kitchen: SliceScene,
) -> None:
    kitchen.write("0002_bad.sql", "CREATE TABLE kitchen.pans (id int); SELECT 1 / 0;")

    with pytest.raises(DriverError, match="division by zero"):
        await kitchen.migrate()

    assert await kitchen.has("kitchen.pots")
    assert not await kitchen.has("kitchen.pans")


async def test_a_file_that_failed_can_be_mended_and_applied(kitchen: SliceScene) -> None:
    kitchen.write("0002_bad.sql", "SELECT 1 / 0;")
    with pytest.raises(DriverError):
        await kitchen.migrate()

    kitchen.write("0002_bad.sql", "SELECT 1 / 1;")

    assert await kitchen.migrate() == 1


async def test_a_file_that_was_changed_after_it_was_applied_is_refused(kitchen: SliceScene) -> None:
    await kitchen.migrate()
    kitchen.write("0001_schema.sql", "CREATE SCHEMA kitchen;")

    with pytest.raises(MigrationRefused, match=r"kitchen/0001_schema\.sql was changed after"):
        await kitchen.migrate()


async def test_a_database_newer_than_the_code_is_refused_by_both_names(kitchen: SliceScene) -> None:
    kitchen.write("0002_pans.sql", "SELECT 2;")
    await kitchen.migrate()
    kitchen.remove("0002_pans.sql")

    with pytest.raises(
        MigrationRefused, match=r"kitchen/0002_pans\.sql, and this version knows 0001_schema\.sql"
    ):
        await kitchen.migrate()


async def test_a_slice_that_the_code_does_not_know_is_a_newer_database_too(
    kitchen: SliceScene,
) -> None:
    await kitchen.migrate()

    with pytest.raises(MigrationRefused, match=r"kitchen/0001_schema\.sql.*knows nothing of kitch"):
        await migrate(kitchen.connection, [])


async def test_who_may_not_apply_refuses_what_is_older_and_writes_nothing(
    kitchen: SliceScene,
) -> None:
    kitchen.write("0002_pans.sql", "SELECT 2;")

    with pytest.raises(
        MigrationRefused,
        match=r"lacks 2 migrations, from kitchen/0001_schema\.sql on: run `causerie mi",
    ):
        await migrate(kitchen.connection, [kitchen.source], apply=False)

    assert not await kitchen.has("foundation.migrations")


async def test_who_may_not_apply_takes_what_is_up_to_date(kitchen: SliceScene) -> None:
    await kitchen.migrate()

    assert await migrate(kitchen.connection, [kitchen.source], apply=False) == 0
