from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from causerie.foundation.errors import Unavailable
from causerie.foundation.postgres import (
    CheckViolation,
    Connection,
    Database,
    Queries,
    UniqueViolation,
)
from causerie.foundation.postgres import (
    database as database_module,
)
from tests.databases import FreshDatabase, PostgresForTests

INSERT = (
    "INSERT INTO foundation.idempotency_keys (user_id, key, operation, fingerprint) "
    "VALUES ($1, $2, 'o', '')"
)
COUNT = "SELECT count(*) FROM foundation.idempotency_keys"


async def count(database: Database) -> int:
    async with database.connection() as connection:
        return int(await connection.fetchval(COUNT))


async def insert(database: Database, key: str, *, then: Exception | None = None) -> None:
    async with database.transaction() as tx:
        await tx.execute(INSERT, 1, key)
        if then is not None:
            raise then


async def end_sessions(postgres: PostgresForTests, name: str) -> None:
    """End every session of a database, as an administrator or a crash does."""
    async with postgres.superuser() as superuser:
        await superuser.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name
        )


@pytest.fixture
async def one_connection(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    database = Database(fresh_database.app_dsn, max_connections=1)
    await database.open()
    yield database
    await database.close()


async def test_a_transaction_commits_when_it_is_left(database: Database) -> None:
    await insert(database, "a")

    assert await count(database) == 1


async def test_a_transaction_is_undone_by_an_error(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await insert(database, "a", then=ZeroDivisionError())

    assert await count(database) == 0


async def test_a_violated_constraint_is_named_and_left_to_the_store(database: Database) -> None:
    await insert(database, "a")

    with pytest.raises(UniqueViolation) as unique:
        await insert(database, "a")
    with pytest.raises(CheckViolation):
        await insert(database, "")

    assert unique.value.constraint_name == "idempotency_keys_pkey"


async def test_a_session_that_ends_inside_a_transaction_is_unavailable_and_then_replaced(
    one_connection: Database, postgres: PostgresForTests, fresh_database: FreshDatabase
) -> None:
    async def work() -> None:
        async with one_connection.transaction() as tx:
            await tx.execute(INSERT, 1, "lost")
            await end_sessions(postgres, fresh_database.name)
            await tx.execute(INSERT, 1, "never")

    with pytest.raises(Unavailable):
        await work()
    await insert(one_connection, "after")

    assert await count(one_connection) == 1


async def test_a_session_that_ended_while_unused_is_not_noticed(
    one_connection: Database, postgres: PostgresForTests, fresh_database: FreshDatabase
) -> None:
    await insert(one_connection, "before")
    await end_sessions(postgres, fresh_database.name)
    await insert(one_connection, "after")

    assert await count(one_connection) == 2


async def test_who_waits_too_long_for_a_connection_is_told_so(
    one_connection: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "ACQUIRE_TIMEOUT_SECONDS", 0.05)

    async with one_connection.connection():
        with pytest.raises(Unavailable):
            await count(one_connection)


async def test_a_dedicated_connection_is_not_the_pools(one_connection: Database) -> None:
    own = await one_connection.dedicated()
    try:
        async with one_connection.connection() as pooled:
            assert own.get_server_pid() != pooled.get_server_pid()
    finally:
        await own.close()


async def test_a_cancelled_caller_leaves_a_clean_connection(one_connection: Database) -> None:
    started = asyncio.Event()

    async def work() -> None:
        async with one_connection.transaction() as tx:
            await tx.execute(INSERT, 1, "cancelled")
            started.set()
            await tx.execute("SELECT pg_sleep(60)")

    task = asyncio.create_task(work())
    await started.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await insert(one_connection, "next")

    assert task.cancelled()
    assert await count(one_connection) == 1


async def test_a_database_that_is_not_there_is_unavailable() -> None:
    database = Database("postgresql://u:p@/d?host=/nonexistent", max_connections=1)

    with pytest.raises(Unavailable):
        await database.open()


async def test_a_closed_database_is_unavailable(one_connection: Database) -> None:
    await one_connection.close()

    with pytest.raises(Unavailable):
        await count(one_connection)


async def test_closing_cuts_off_who_does_not_come_to_an_end(
    one_connection: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "CLOSE_TIMEOUT_SECONDS", 0.05)

    async def hold(connection: Connection) -> None:
        await connection.execute("SELECT pg_sleep(60)")

    async with one_connection.connection() as connection:
        holding = asyncio.create_task(hold(connection))
        await asyncio.sleep(0)
        await one_connection.close()
        (outcome,) = await asyncio.gather(holding, return_exceptions=True)

    assert isinstance(outcome, Exception)


async def test_every_statement_of_ours_is_one_that_postgresql_can_read(
    database: Database,
) -> None:
    names = ["queries.sql", "migrations.sql", "roles.sql", "external.sql", "fitness.sql"]
    read = dict.fromkeys(names, 0)
    async with database.connection() as connection:
        for name in names:
            for statement in Queries.load("causerie.foundation.postgres", name).values():
                # Several in one are none that can be prepared; the ledger's is run by tests.
                if "CREATE TABLE" not in statement:
                    await connection.execute(f"PREPARE probe AS {statement}")
                    await connection.execute("DEALLOCATE probe")
                    read[name] += 1

    assert all(read.values()), read


async def pid_in_turn(database: Database) -> int:
    async with database.in_turn() as connection:
        await asyncio.sleep(0)
        assert await connection.fetchval("SELECT 1") == 1  # Two at once would be refused here.
        return connection.get_server_pid()


async def test_all_who_take_turns_have_one_connection_that_no_pool_can_take(
    one_connection: Database,
) -> None:
    async with one_connection.connection() as pooled:
        pids = set(await asyncio.gather(*(pid_in_turn(one_connection) for _ in range(10))))

        assert len(pids) == 1
        assert pids != {pooled.get_server_pid()}


async def test_a_turn_that_was_cut_off_leaves_the_next_a_new_connection(
    one_connection: Database,
) -> None:
    is_asleep = asyncio.Event()

    async def sleep_long() -> None:
        async with one_connection.in_turn() as connection:
            is_asleep.set()
            await connection.execute("SELECT pg_sleep(300)")

    before = await pid_in_turn(one_connection)
    sleeping = asyncio.create_task(sleep_long())
    await is_asleep.wait()
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping

    async with asyncio.timeout(60):
        assert await pid_in_turn(one_connection) != before


async def test_turns_go_on_after_the_database_has_ended_their_session(
    one_connection: Database, fresh_database: FreshDatabase, postgres: PostgresForTests
) -> None:
    before = await pid_in_turn(one_connection)
    await end_sessions(postgres, fresh_database.name)
    await asyncio.sleep(0)
    with suppress(Unavailable):  # Where the end has not been heard of yet.
        await pid_in_turn(one_connection)

    assert await pid_in_turn(one_connection) != before


async def test_there_are_no_turns_once_it_is_closed(fresh_database: FreshDatabase) -> None:
    database = Database(fresh_database.app_dsn, max_connections=1)
    await database.open()
    await pid_in_turn(database)
    await database.close()

    with pytest.raises(Unavailable):
        await pid_in_turn(database)
