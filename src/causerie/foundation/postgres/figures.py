"""How PostgreSQL fares by its own books."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from causerie.foundation.errors import Unavailable
from causerie.foundation.postgres.database import Database
from causerie.foundation.postgres.queries import Queries
from causerie.foundation.telemetry import metrics

FIGURES_SECONDS = 15.0  # Prometheus' usual interval. Each look costs PostgreSQL a few milliseconds.

_QUERIES = Queries.load("causerie.foundation.postgres")


def watch_figures(
    database: Database, *, interval_seconds: float = FIGURES_SECONDS
) -> Callable[[], Awaitable[None]]:
    """Give the loop that reads PostgreSQL's own books, for a worker."""

    async def run() -> None:
        while True:
            with contextlib.suppress(Unavailable):  # The old figures stand; others say it is away.
                await read_figures(database)
            await asyncio.sleep(interval_seconds)

    return run


async def read_figures(database: Database) -> None:
    """Read them once. Raises ``Unavailable``."""
    async with database.connection() as connection:
        row = await connection.fetchrow(_QUERIES["figures"])
        sessions = await connection.fetch(_QUERIES["sessions_by_state"])
    if row is None:  # Not while we are in it.
        return
    metrics.DATABASE_SIZE_BYTES.set(row["size_bytes"])
    metrics.DATABASE_SESSIONS_MAX.set(row["sessions_max"])
    metrics.DATABASE_LONGEST_TRANSACTION_SECONDS.set(row["longest_transaction_seconds"])
    # They are counters already, of PostgreSQL's: taken over, not added.
    metrics.DATABASE_TRANSACTIONS.labels("committed").value = row["committed"]
    metrics.DATABASE_TRANSACTIONS.labels("rolled_back").value = row["rolled_back"]
    metrics.DATABASE_BLOCKS.labels("hit").value = row["blocks_hit"]
    metrics.DATABASE_BLOCKS.labels("read").value = row["blocks_read"]
    metrics.DATABASE_DEADLOCKS.value = row["deadlocks"]
    metrics.DATABASE_TEMPORARY_BYTES.value = row["temporary_bytes"]
    metrics.DATABASE_SESSIONS.set({r["state"]: r["count"] for r in sessions})
