"""A session that a test has used is as good as new for the next, or it is ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from causerie.foundation.postgres import Connection
from causerie.foundation.postgres.database import connect
from tests.databases import FreshDatabase, PostgresForTests

PID = "SELECT pg_backend_pid()"
STATE = """
SELECT current_setting('statement_timeout'), (SELECT count(*) FROM pg_listening_channels()),
    (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'),
    (SELECT count(*) FROM pg_prepared_statements WHERE name = 'mine')
"""


@asynccontextmanager
async def connected(database: FreshDatabase) -> AsyncIterator[Connection]:
    connection = await connect(database.app_dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def test_nothing_is_left_in_the_session_that_the_next_connection_gets(
    fresh_database: FreshDatabase,
) -> None:
    async with connected(fresh_database) as first:
        pid = await first.fetchval(PID)
        before = await first.fetchrow(STATE)
        await first.execute("SET statement_timeout = 4321; LISTEN mine; PREPARE mine AS SELECT 1")
        await first.execute("SELECT pg_advisory_lock(1)")
        await first.execute("BEGIN")
        await first.execute("SELECT pg_advisory_xact_lock(2)")
    async with connected(fresh_database) as second:
        is_inside = second.is_in_transaction()
        after = await second.fetchrow(STATE)
        same = await second.fetchval(PID)

    assert same == pid
    assert not is_inside
    assert after == before


async def test_what_is_broken_off_in_the_midst_of_a_statement_has_no_successor(
    fresh_database: FreshDatabase,
) -> None:
    connection = await connect(fresh_database.app_dsn)
    pid = await connection.fetchval(PID)
    asleep = asyncio.create_task(connection.execute("SELECT pg_sleep(60)"))
    await asyncio.sleep(0)
    connection.terminate()
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await asleep
    async with connected(fresh_database) as another:
        its_pid = await another.fetchval(PID)

    assert its_pid != pid


async def test_a_session_that_was_ended_meanwhile_is_given_to_nobody(
    fresh_database: FreshDatabase, postgres: PostgresForTests
) -> None:
    async with connected(fresh_database) as connection:
        pid = await connection.fetchval(PID)
    async with postgres.superuser() as superuser:
        await superuser.execute("SELECT pg_terminate_backend($1, 5000)", pid)
    async with connected(fresh_database) as another:
        its_pid = await another.fetchval(PID)

    assert its_pid != pid
