from __future__ import annotations

import asyncio

import asyncpg
import pytest

from causerie.foundation.errors import NotFound, Unavailable
from causerie.foundation.postgres import StorageFull, translate, translated


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.CrashShutdownError("terminating connection because of crash"),
        asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
        asyncpg.DeadlockDetectedError("deadlock detected"),
        asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
        asyncpg.InterfaceError("cannot call Connection.fetch(): connection is closed"),
        asyncpg.InterfaceError("pool is closing"),
        ConnectionResetError(),
        TimeoutError(),
    ],
    ids=repr,
)
def test_a_database_that_is_away_is_unavailable(error: Exception) -> None:
    refusal = translate(error)

    assert type(refusal) is Unavailable


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DiskFullError("could not extend file"),
        asyncpg.PostgresIOError('could not write to file "x": No space left on device'),
    ],
    ids=repr,
)
def test_a_full_disk_is_named(error: Exception) -> None:
    assert isinstance(translate(error), StorageFull)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.UniqueViolationError("duplicate key"),
        asyncpg.UndefinedTableError("no such table"),
        asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        KeyError("x"),
        FileNotFoundError("not the database's"),
    ],
    ids=repr,
)
def test_a_bug_and_a_violated_constraint_stay_what_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, translated():
        raise error

    assert caught.value is error


def test_a_refusal_passes_unchanged() -> None:
    refusal = NotFound("room")

    with pytest.raises(NotFound) as caught, translated():
        raise refusal

    assert caught.value is refusal
    assert caught.value.__cause__ is None


def test_a_translated_error_keeps_its_cause() -> None:
    cause = asyncpg.AdminShutdownError("terminating connection")

    with pytest.raises(Unavailable) as caught, translated():
        raise cause

    assert caught.value.__cause__ is cause


async def fail_to_roll_back() -> None:
    # The request to cancel a statement may hit the rollback that follows it.
    with translated():
        try:
            await asyncio.Event().wait()
        finally:
            raise asyncpg.QueryCanceledError("canceling statement due to user request")


async def test_a_cancellation_stays_one_when_the_rollback_after_it_fails() -> None:
    task = asyncio.create_task(fail_to_roll_back())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()


async def test_the_drivers_own_timeout_is_no_cancellation() -> None:
    with pytest.raises(Unavailable), translated():
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
