"""Keeps the figures about the database true, and says when it is back after it was away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from causerie.assembly.storage import Storage
from causerie.foundation.errors import Unavailable
from causerie.foundation.events import Event, Events
from causerie.foundation.postgres import DiskState
from causerie.foundation.telemetry import metrics

WATCH_SECONDS = 5.0  # A third of Prometheus' usual interval: no scrape sees an old answer.
ANSWER_SECONDS = 3.0  # Who waits longer for "SELECT 1" has no database to speak of.


class DatabaseReturned(Event, frozen=True, gc=False):
    """The database answers again. What was under way when it went may be committed, or not."""


def watch_database(
    storage: Storage, events: Events, *, interval_seconds: float = WATCH_SECONDS
) -> Callable[[], Awaitable[None]]:
    """Give the loop, for a worker; deaths of the embedded PostgreSQL are counted from now on."""

    def note_change(is_up: bool) -> None:  # noqa: FBT001 - the shape of the supervisor's listeners
        metrics.DATABASE_UP.set(int(is_up))
        if is_up:
            metrics.DATABASE_RESTARTS.inc()
            events.announce((DatabaseReturned(),))

    if storage.embedded is not None:
        storage.embedded.listen(note_change)

    async def run() -> None:
        was_up = True
        while True:
            is_up = await _takes_writes(storage)
            metrics.DATABASE_UP.set(int(is_up))
            if is_up and not was_up:
                events.announce((DatabaseReturned(),))
            was_up = is_up
            await asyncio.sleep(interval_seconds)

    return run


async def _takes_writes(storage: Storage) -> bool:
    try:
        async with asyncio.timeout(ANSWER_SECONDS), storage.database.connection() as connection:
            await connection.fetchval("SELECT 1")
    except (Unavailable, TimeoutError):
        return False
    return storage.disk.state is DiskState.OK
