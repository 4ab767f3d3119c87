"""A database that a test has used is as good as new for the next, or it is dropped."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from causerie.foundation.postgres.database import connect
from tests.databases import PostgresForTests

ADD_USER = "INSERT INTO accounts.users (username, display_name) VALUES ('ann', 'Ann') RETURNING id"


def ask(dsn: str, query: str) -> Any:
    async def run() -> Any:
        connection = await connect(dsn)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(run())


def test_what_was_written_is_gone_and_numbers_begin_anew(postgres: PostgresForTests) -> None:
    with postgres.stock.lend() as name:
        first = ask(postgres.app_of(name), ADD_USER)
    with postgres.stock.lend() as again:
        left = ask(postgres.app_of(again), "SELECT count(*) FROM accounts.users")
        second = ask(postgres.app_of(again), ADD_USER)

    assert again == name
    assert left == 0
    assert second == first


def test_rows_of_the_migrations_are_as_they_were(postgres: PostgresForTests) -> None:
    roles = "SELECT array_agg(r::text ORDER BY r::text) FROM accounts.roles r"
    with postgres.stock.lend() as name:
        before = ask(postgres.owner_of(name), roles)
        ask(postgres.owner_of(name), "DELETE FROM accounts.role_permissions")
        ask(postgres.owner_of(name), "INSERT INTO accounts.roles (name) VALUES ('king')")
    with postgres.stock.lend() as again:
        after = ask(postgres.owner_of(again), roles)
        permissions = ask(
            postgres.owner_of(again), "SELECT count(*) FROM accounts.role_permissions"
        )

    assert again == name
    assert after == before
    assert permissions > 0


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE accounts.users ADD COLUMN mine int",
        "CREATE FUNCTION accounts.mine() RETURNS int LANGUAGE sql RETURN 1",
        "REVOKE SELECT ON accounts.users FROM causerie_app",
        "COMMENT ON TABLE accounts.users IS 'mine'",
    ],
)
def test_one_with_other_definitions_is_given_to_nobody(
    postgres: PostgresForTests, change: str
) -> None:
    with postgres.stock.lend() as name:
        ask(postgres.owner_of(name), change)
    with postgres.stock.lend() as another:
        pass
    is_there = ask(
        postgres.server.supervisor_dsn, f"SELECT count(*) FROM pg_database WHERE datname = '{name}'"
    )

    assert another != name
    assert is_there == 0
