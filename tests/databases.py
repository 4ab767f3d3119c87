"""A real PostgreSQL for tests: one embedded server a session, a fresh database a test."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import pytest

from causerie.foundation.postgres import Connection, Database, EmbeddedPostgres
from causerie.foundation.postgres.database import connect
from causerie.foundation.postgres.roles import DATABASE_NAME, OWNER_ROLE
from tests.seeds import migrated_data, quick_disk, sow, stopped_data
from tests.sessions import sessions_kept
from tests.stock import Stock, types_asked_once

MAX_TEST_CONNECTIONS = 60
_numbers = itertools.count(1)


class PostgresForTests(msgspec.Struct, frozen=True):
    """The session's server: DSNs of any database in it."""

    server: EmbeddedPostgres
    owner_dsn: str
    app_dsn: str
    stock: Stock

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


@pytest.fixture
def used_data_folder(data_folder: Path) -> Path:
    """A data folder as a second start finds it, without migrations; a second quicker than a new one."""
    sow(stopped_data(), data_folder)
    return data_folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresForTests]:
    """One embedded PostgreSQL for the whole session; its ``causerie`` database is the template."""
    with (
        open_folder() as folder,
        asyncio.Runner() as runner,
        types_asked_once(),
        ExitStack() as stack,
    ):
        sow(migrated_data(), folder)
        server = EmbeddedPostgres(folder, max_connections=MAX_TEST_CONNECTIONS)
        endpoint = runner.run(server.start())
        stock = Stock(
            server.supervisor_dsn,
            lambda name: server.supervisor_dsn.replace("@/postgres?", f"@/{name}?"),
            template=DATABASE_NAME,
        )
        stack.enter_context(sessions_kept(stock.sessions))
        try:
            yield PostgresForTests(server, endpoint.owner_dsn, endpoint.app_dsn, stock)
        finally:
            stock.close()
            runner.run(server.stop())


@pytest.fixture
def fresh_database(postgres: PostgresForTests) -> Iterator[FreshDatabase]:
    """A database with all migrations applied and no rows but theirs, as good as new."""
    with postgres.stock.lend() as name:
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
