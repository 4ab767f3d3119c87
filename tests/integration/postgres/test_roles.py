from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from causerie.foundation.postgres import Connection, DriverError
from causerie.foundation.postgres.database import connect
from tests.databases import FreshDatabase

FORBIDDEN = [
    "CREATE SCHEMA mine",
    "CREATE TABLE public.mine (id int)",
    "CREATE TABLE foundation.mine (id int)",
    "DROP TABLE foundation.idempotency_keys",
    "ALTER TABLE foundation.idempotency_keys ADD COLUMN mine int",
    "TRUNCATE foundation.idempotency_keys",
    "DELETE FROM foundation.migrations",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "ALTER SYSTEM SET fsync = off",
    "SET ROLE causerie_owner",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
]


@pytest.fixture
async def app(fresh_database: FreshDatabase) -> AsyncIterator[Connection]:
    connection = await connect(fresh_database.app_dsn)
    yield connection
    await connection.close()


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_the_app_role_may_not_change_how_the_database_is_made(
    app: Connection, statement: str
) -> None:
    with pytest.raises(DriverError, match=r"permission denied|must be owner"):
        await app.execute(statement)


async def test_the_app_role_may_read_and_write_what_the_owner_made(
    app: Connection, fresh_database: FreshDatabase
) -> None:
    owner = await connect(fresh_database.owner_dsn)
    await owner.execute(
        "CREATE SCHEMA s; CREATE TABLE s.t (id bigint GENERATED ALWAYS AS IDENTITY)"
    )
    await owner.execute("CREATE FUNCTION s.f() RETURNS int LANGUAGE sql RETURN 1")
    await owner.close()

    await app.execute("INSERT INTO s.t DEFAULT VALUES")
    await app.execute("UPDATE s.t SET id = DEFAULT")
    ids = [row["id"] for row in await app.fetch("DELETE FROM s.t RETURNING id")]

    assert ids == [2]
    assert await app.fetchval("SELECT s.f()") == 1


async def test_neither_role_has_powers_beyond_the_database(app: Connection) -> None:
    powers = await app.fetch(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS any "
        "FROM pg_roles WHERE rolname IN ('causerie_owner', 'causerie_app')"
    )

    assert [row["any"] for row in powers] == [False, False]
