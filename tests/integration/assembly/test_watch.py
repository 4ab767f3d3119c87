"""The figures about the database follow what happens to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from typing_extensions import override

from causerie.assembly.storage import Storage
from causerie.assembly.watch import DatabaseReturned, watch_database
from causerie.foundation.events import Events
from causerie.foundation.postgres import (
    Database,
    Disk,
    DiskState,
    EmbeddedPostgres,
    Endpoint,
    UnwatchedDisk,
)
from causerie.foundation.telemetry import metrics

NOWHERE = Endpoint(owner_dsn="", app_dsn="", version="")


class FullDisk(UnwatchedDisk):
    @property
    @override
    def state(self) -> DiskState:
        return DiskState.FULL


@pytest.fixture(autouse=True)
def unknown_at_first() -> Iterator[None]:
    metrics.DATABASE_UP.set(-1)
    yield
    metrics.DATABASE_UP.set(0)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def seen(database: Database, disk: Disk | None = None) -> float:
    storage = Storage(
        database=database, endpoint=NOWHERE, disk=disk or UnwatchedDisk(), embedded=None
    )
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(_run(storage))
        await until(lambda: metrics.DATABASE_UP.now() >= 0)
        task.cancel()
    return metrics.DATABASE_UP.now()


async def _run(storage: Storage) -> None:
    await watch_database(storage, Events(), interval_seconds=0.01)()


async def test_a_database_that_answers_is_up(database: Database) -> None:
    assert await seen(database) == 1


async def test_a_database_without_room_is_not_up(database: Database) -> None:
    assert await seen(database, FullDisk()) == 0


async def test_a_database_that_is_away_is_not_up(database: Database) -> None:
    await database.close()

    assert await seen(database) == 0


async def test_a_death_of_the_embedded_database_is_counted(used_data_folder: Path) -> None:
    embedded = EmbeddedPostgres(used_data_folder)
    endpoint = await embedded.start()
    database = Database(endpoint.app_dsn, max_connections=2)
    storage = Storage(database=database, endpoint=endpoint, disk=UnwatchedDisk(), embedded=embedded)
    before = metrics.DATABASE_RESTARTS.value
    told: list[DatabaseReturned] = []
    events = Events()
    events.listen(DatabaseReturned, told.append)
    watch_database(storage, events)
    assert embedded.pid is not None
    psutil.Process(embedded.pid).kill()
    await until(lambda: metrics.DATABASE_UP.now() == 0)
    await until(lambda: metrics.DATABASE_UP.now() == 1)

    assert metrics.DATABASE_RESTARTS.value == before + 1
    assert told == [DatabaseReturned()]
    await embedded.stop()
