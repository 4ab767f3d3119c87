"""A real PostgreSQL for tests: one embedded server a session, a fresh database a test."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from causerie.foundation.postgres import (
    MIGRATIONS,
    Connection,
    Database,
    EmbeddedPostgres,
    MigrationSource,
    migrate,
)
from causerie.foundation.postgres.database import connect
from causerie.foundation.postgres.disk import free_bytes
from causerie.foundation.postgres.migrations import find_folder
from causerie.foundation.postgres.roles import DATABASE_NAME, OWNER_ROLE

# In the order of assembly: a slice's migrations may refer to what stands below it.
SLICES = ("audit", "limits", "accounts", "conversations", "messages")
MAX_TEST_CONNECTIONS = 60
ROOM_FOR_TESTS_BYTES = 4 << 30
_numbers = itertools.count(1)


def migration_sources() -> list[MigrationSource]:
    """Foundation's migrations, and those of every slice that has some."""
    return [
        MIGRATIONS,
        *(
            MigrationSource(schema=slice_, package=f"causerie.{slice_}")
            for slice_ in SLICES
            if _has_migrations(f"causerie.{slice_}")
        ),
    ]


def _has_migrations(package: str) -> bool:
    return find_spec(package) is not None and any(find_folder(package).glob("*.sql"))


class PostgresForTests(msgspec.Struct, frozen=True):
    """The session's server: DSNs of any database in it."""

    server: EmbeddedPostgres
    owner_dsn: str
    app_dsn: str

    def owner_of(self, database: str) -> str:
        """The owner's DSN of a database: for migrations and TRUNCATE."""
        return self.owner_dsn.replace(f"@/{DATABASE_NAME}?", f"@/{database}?")

    def app_of(self, database: str) -> str:
        """The DSN that the product uses at run time."""
        return self.app_dsn.replace(f"@/{DATABASE_NAME}?", f"@/{database}?")

    @asynccontextmanager
    async def superuser(self) -> AsyncIterator[Connection]:
        """A superuser's connection, for making databases."""
        connection = await connect(self.server.supervisor_dsn)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def copy(self, template: str) -> AsyncIterator[str]:
        """A new database, dropped on leaving; gives its name."""
        name = f"test_{next(_numbers)}"
        async with self.superuser() as superuser:
            await superuser.execute(
                # Measured: half the time of writing the copy through the log.
                f'CREATE DATABASE "{name}" OWNER "{OWNER_ROLE}" TEMPLATE "{template}" '
                "STRATEGY FILE_COPY"
            )
        try:
            yield name
        finally:
            async with self.superuser() as superuser:
                await superuser.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class FreshDatabase(msgspec.Struct, frozen=True):
    """A database of a test's own with all migrations applied."""

    name: str
    app_dsn: str
    owner_dsn: str


def quick_disk() -> Path | None:
    """Where tests put data folders; None: among the temporary files."""
    # In memory where there is room (a container's own may have 64 MB): tests make many databases,
    # and no test cuts the power.
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and free_bytes(memory) >= ROOM_FOR_TESTS_BYTES else None


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that PostgreSQL's user can enter when we are root; pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="causerie-test-", dir=quick_disk()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """An empty data folder, as before a first start."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def _stopped_data_folder() -> Iterator[Path]:
    with open_folder() as folder:
        asyncio.run(_start_and_stop(folder))
        (folder / "postgres" / "ballast").unlink()
        yield folder


async def _start_and_stop(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    await server.start()
    await server.stop()


@pytest.fixture
def used_data_folder(data_folder: Path, _stopped_data_folder: Path) -> Path:
    """A data folder as a second start finds it, without migrations; a second quicker than a new one."""
    subprocess.run(["cp", "--archive", f"{_stopped_data_folder}/.", data_folder], check=True)
    return data_folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresForTests]:
    """One embedded PostgreSQL for the whole session; its ``causerie`` database is the template."""
    with open_folder() as folder, asyncio.Runner() as runner:
        server = EmbeddedPostgres(folder, max_connections=MAX_TEST_CONNECTIONS)
        endpoint = runner.run(server.start())
        try:
            runner.run(migrate(endpoint.owner_dsn, migration_sources()))
            yield PostgresForTests(server, endpoint.owner_dsn, endpoint.app_dsn)
        finally:
            runner.run(server.stop())


@pytest.fixture
async def fresh_database(postgres: PostgresForTests) -> AsyncIterator[FreshDatabase]:
    """A new database with all migrations applied and no rows."""
    async with postgres.copy(DATABASE_NAME) as name:
        yield FreshDatabase(name, postgres.app_of(name), postgres.owner_of(name))


@pytest.fixture
async def empty_database(postgres: PostgresForTests) -> AsyncIterator[FreshDatabase]:
    """A new database without any schema of ours."""
    async with postgres.copy("template0") as name:
        yield FreshDatabase(name, postgres.app_of(name), postgres.owner_of(name))


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    """An open ``Database`` on a fresh database, as the product opens it."""
    opened = Database(fresh_database.app_dsn, max_connections=10)
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()
