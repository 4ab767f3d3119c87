"""What the database refuses, in words that are safe to show to anyone."""

from __future__ import annotations

import asyncpg

from causerie.foundation.errors import Refusal, Unavailable


class StorageFull(Unavailable):
    """The database's disk is full: nothing was stored. Reads may still go on."""


class DatabaseRefused(Exception):  # noqa: N818 - named after the fact; for the operator, at start
    """The database is not one that Causerie may run on. The text says what to change."""


class EmbeddedFailed(Exception):  # noqa: N818 - named after the fact; for the operator, at start
    """The embedded PostgreSQL cannot be set up or started. The text says what to do."""


class DataFolderInUse(EmbeddedFailed):
    """Another process owns the data folder; the text names its pid."""


class MigrationRefused(Exception):  # noqa: N818 - named after the fact; for the operator, at start
    """The schema cannot be brought to what this version of the code needs."""


_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, crashed, starting, cancelled, dropped
    asyncpg.InsufficientResourcesError,  # too many connections, out of memory
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.ReadOnlySQLTransactionError,  # a fail-over left us on a standby
    ConnectionError,
    TimeoutError,
)

# PostgreSQL reports a failed extension of a file as 53100, but a failed write of one of its own
# working files by the errno's text only.
_NO_SPACE = "No space left on device"


def translate(error: BaseException) -> Refusal | None:
    """Give the refusal that a driver error stands for, or None: then it is a bug, or not ours.

    Violated constraints are not translated: the slice that made the constraint knows what its
    violation means.
    """
    if isinstance(error, Refusal):
        return error
    if isinstance(error, asyncpg.DiskFullError):
        return StorageFull("The database's disk is full; nothing was stored")
    if isinstance(error, asyncpg.PostgresError) and _NO_SPACE in str(error):
        return StorageFull("The database's disk is full; nothing was stored")
    if isinstance(error, _AWAY) or _is_closed(error):
        return Unavailable("The database is not reachable at the moment")
    return None


def _is_closed(error: BaseException) -> bool:
    # The driver has one class for its misuse and for a connection or pool that has gone.
    return isinstance(error, asyncpg.InterfaceError) and (
        "is closed" in str(error) or "is closing" in str(error)
    )


def is_wrong_data(error: BaseException) -> bool:
    """Say whether it is what was to be stored that the database refuses (SQLSTATE 22 and 23)."""
    return isinstance(error, (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError))
