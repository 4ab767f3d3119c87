"""The disk of the embedded PostgreSQL fills up: it is seen before the end, survived, and over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from causerie.foundation.errors import Unavailable
from causerie.foundation.postgres import (
    Connection,
    DiskState,
    EmbeddedPostgres,
    StorageFull,
    translated,
)
from causerie.foundation.postgres.database import connect
from causerie.foundation.postgres.disk import FULL_BYTES, LOW_BYTES, MEBIBYTE
from tests.chaos.small_disk import DISK_BYTES, Filler

pytestmark = pytest.mark.long

WITHIN_SECONDS = 60.0
# Incompressible, and too long for a row's page: each row takes room at once.
ONE_MEBIBYTE = (
    "INSERT INTO {table} SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 32768)"
)
# Goes to the log alone: tables report that they cannot grow, the log cannot and dies of it.
LOG_OF_16_MEBIBYTES = "SELECT pg_logical_emit_message(false, 'test', repeat('x', 16 << 20))"


class Scene:
    """An embedded PostgreSQL on a small disk, and a file beside it that takes its room."""

    def __init__(self, disk: Path, server: EmbeddedPostgres, dsn: str) -> None:
        self.server = server
        self.dsn = dsn
        self._filler = Filler(disk)
        self.leave = self._filler.leave
        self.leave_nothing = self._filler.leave_nothing
        self.make_room = self._filler.make_room

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_SECONDS):
            while not condition():
                await asyncio.sleep(0.05)

    async def write(self, table: str = "filler") -> None:
        await self._do(ONE_MEBIBYTE.format(table=table))

    async def write_log(self) -> None:
        await self._do(LOG_OF_16_MEBIBYTES)

    async def write_until_refused(self) -> None:
        # Past the log, which would end PostgreSQL instead.
        for _ in range(DISK_BYTES // MEBIBYTE):
            await self.write("unlogged")

    async def read(self) -> int:
        connection = await connect(self.dsn)
        try:
            return int(await connection.fetchval("SELECT count(*) FROM filler"))
        finally:
            await connection.close()

    async def until_written(self) -> None:
        async with asyncio.timeout(WITHIN_SECONDS):
            while True:
                with suppress(Unavailable):
                    await self.write()
                    return
                await asyncio.sleep(0.1)

    async def _do(self, statement: str) -> None:
        connection = await connect(self.dsn)
        try:
            with translated():
                await connection.execute(statement)
        finally:
            await close(connection)


async def close(connection: Connection) -> None:
    with suppress(Exception):
        await connection.close()


@pytest.fixture
async def scene(small_disk: Path) -> AsyncIterator[Scene]:
    server = EmbeddedPostgres(small_disk / "data")
    endpoint = await server.start()
    connection = await connect(endpoint.owner_dsn)
    for kind, table in (("", "filler"), ("UNLOGGED", "unlogged")):
        await connection.execute(f"CREATE {kind} TABLE {table} (a text STORAGE EXTERNAL)")
    await connection.close()
    yield Scene(small_disk, server, endpoint.owner_dsn)
    await server.stop()


async def test_a_disk_that_gets_low_is_seen_before_it_is_full(scene: Scene) -> None:
    before = scene.server.disk.state
    scene.leave(LOW_BYTES - 8 * MEBIBYTE)
    await scene.until(lambda: scene.server.disk.state is DiskState.LOW)
    await scene.write()
    scene.make_room()
    await scene.until(lambda: scene.server.disk.state is DiskState.OK)

    assert before is DiskState.OK
    assert scene.server.restarts == 0


async def test_the_ballast_keeps_postgresql_alive_when_the_last_room_goes(scene: Scene) -> None:
    await scene.write()
    scene.leave(FULL_BYTES - MEBIBYTE)
    await scene.until(lambda: scene.server.disk.state is DiskState.FULL)
    for _ in range(16):
        await scene.write()
    rows = await scene.read()
    scene.make_room()
    await scene.until(lambda: scene.server.disk.state is DiskState.OK)
    await scene.write()

    assert rows == 17
    assert scene.server.restarts == 0


async def test_a_full_disk_is_told_as_such_and_reads_go_on(scene: Scene) -> None:
    await scene.write()
    scene.leave(MEBIBYTE // 2)
    await scene.until(lambda: scene.server.disk.state is DiskState.FULL)
    scene.leave(20 * MEBIBYTE)

    with pytest.raises(StorageFull):
        await scene.write_until_refused()
    rows = await scene.read()
    scene.make_room()
    await scene.until_written()

    assert rows == 1
    assert await scene.read() == 2
    assert scene.server.restarts == 0


async def test_a_postgresql_that_died_of_a_full_disk_comes_back_when_there_is_room(
    scene: Scene,
) -> None:
    await scene.write()
    while scene.server.restarts < 3:  # Also without the ballast, and again after its restart.
        scene.leave_nothing()
        with suppress(Unavailable):
            await scene.write_log()
        await asyncio.sleep(0)
    while_full = scene.server.disk.state
    scene.make_room()
    await scene.until_written()
    rows = await scene.read()
    await scene.until(lambda: scene.server.disk.state is DiskState.OK)

    assert while_full is DiskState.FULL
    assert rows == 2
