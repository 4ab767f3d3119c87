"""A look at a PostgreSQL that changes nothing: for a person who asks why it does not work."""

from __future__ import annotations

import statistics
import time

import asyncpg
import msgspec

from causerie.foundation.errors import Unavailable
from causerie.foundation.postgres import roles
from causerie.foundation.postgres.connection import Connection
from causerie.foundation.postgres.database import connect
from causerie.foundation.postgres.errors import DatabaseRefused
from causerie.foundation.postgres.external import place_of
from causerie.foundation.postgres.fitness import require_fit
from causerie.foundation.postgres.queries import Queries

_QUERIES = Queries.load("causerie.foundation.postgres", "examination.sql")
COMMITS = 11  # Their median: one that waited for somebody else's does not count.


class Examination(msgspec.Struct, frozen=True):
    """What was found; ``clock_ahead_seconds`` is by how much its clock is ahead of ours."""

    version: str
    has_roles: bool
    commit_ms: float
    clock_ahead_seconds: float


async def examine(url: str, *, max_connections: int) -> Examination:
    """Look at what a node would stand on. Raises ``DatabaseRefused`` as a start would.

    Unlike a start it waits for nothing and makes no roles.
    """
    try:
        connection = await connect(url, server_settings={})
    except Unavailable as error:
        raise DatabaseRefused(
            f"the database {place_of(url)} does not answer ({error.__cause__})"
        ) from error
    except (asyncpg.PostgresError, ValueError) as error:
        # A text of the driver may show a piece of the password; its kind does not.
        raise DatabaseRefused(
            f"the database {place_of(url)} refuses us ({type(error).__name__})"
        ) from None
    try:
        version = await require_fit(connection, max_connections=max_connections)
        return Examination(
            version,
            await roles.has_role(connection, roles.APP_ROLE),
            await _commit_ms(connection),
            await _clock_ahead(connection),
        )
    finally:
        await connection.close()


async def _commit_ms(connection: Connection) -> float:
    taken = []
    for _ in range(COMMITS):
        began = time.perf_counter()
        await connection.execute(_QUERIES["commit_something"])
        taken.append(time.perf_counter() - began)
    return round(statistics.median(taken) * 1000, 3)


async def _clock_ahead(connection: Connection) -> float:
    before = time.time()
    theirs = float(await connection.fetchval(_QUERIES["clock"]))
    return round(theirs - (before + time.time()) / 2, 3)
