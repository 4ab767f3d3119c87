"""The owner of a data folder is killed: the next one finds everything, and never two at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import msgspec
import psutil
import pytest

from causerie.foundation.postgres import EmbeddedPostgres
from causerie.foundation.postgres.database import connect
from tests.measures import measured_soon

pytestmark = pytest.mark.long

START_WITHIN_SECONDS = 3.0
END_WITHIN_SECONDS = 60.0

# What a server does, reduced to its database: start it, say so, write on request, live.
OWNER = """
import asyncio, json, signal, sys
from pathlib import Path
from causerie.foundation.postgres import EmbeddedPostgres
from causerie.foundation.postgres.database import connect

async def main():
    server = EmbeddedPostgres(Path(sys.argv[1]))
    endpoint = await server.start()
    connection = await connect(endpoint.owner_dsn)
    await connection.execute("CREATE TABLE IF NOT EXISTS numbers (n int)")
    await connection.execute("INSERT INTO numbers VALUES (1)")
    interrupted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    print(json.dumps({"postgres": server.pid, "dsn": endpoint.owner_dsn}), flush=True)
    await interrupted.wait()
    await connection.execute("INSERT INTO numbers VALUES (2)")
    await connection.close()
    await server.stop()

import structlog
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
asyncio.run(main())
"""


class Said(msgspec.Struct, frozen=True):
    postgres: int
    dsn: str


class Owner:
    """A process that owns a data folder."""

    def __init__(self, folder: Path) -> None:
        # In a group of its own, as a shell starts what a person runs.
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, folder], stdout=subprocess.PIPE, start_new_session=True
        )

    def said(self) -> Said:
        assert self.process.stdout is not None
        return msgspec.json.decode(self.process.stdout.readline(), type=Said)

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def end(self) -> int:
        with self.process:
            return self.process.wait(timeout=END_WITHIN_SECONDS)


def has_ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def numbers_after_a_start(folder: Path) -> tuple[list[int], float]:
    """Start on the folder; gives what is in it, and the seconds that the start took."""
    server = EmbeddedPostgres(folder)
    started = time.monotonic()
    endpoint = await server.start()
    seconds = time.monotonic() - started
    connection = await connect(endpoint.owner_dsn)
    numbers = [row["n"] for row in await connection.fetch("SELECT n FROM numbers ORDER BY n")]
    await connection.close()
    await server.stop()
    return numbers, seconds


async def test_after_a_kill_the_next_start_is_quick_and_finds_what_was_committed(
    used_data_folder: Path,
) -> None:
    kills = count()

    async def kill() -> tuple[list[int], float]:
        next(kills)
        owner = Owner(used_data_folder)
        owner.said()
        owner.kill()
        return await numbers_after_a_start(used_data_folder)

    numbers, seconds = await measured_soon(kill, holds=is_quick)

    assert numbers == [1] * next(kills)
    assert seconds < START_WITHIN_SECONDS


def is_quick(taken: tuple[list[int], float]) -> bool:
    return taken[1] < START_WITHIN_SECONDS


def test_after_a_kill_of_its_owner_postgresql_ends_by_itself(used_data_folder: Path) -> None:
    owner = Owner(used_data_folder)
    postgres = owner.said().postgres
    owner.kill()

    deadline = time.monotonic() + END_WITHIN_SECONDS
    while not has_ended(postgres) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert has_ended(postgres)


async def test_a_leftover_that_hears_nothing_is_ended_by_force(
    used_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("causerie.foundation.postgres.cluster.FAST_STOP_SECONDS", 0.2)
    owner = Owner(used_data_folder)
    said = owner.said()
    # A stopped backend keeps the main process from finishing its shutdown.
    main = psutil.Process(said.postgres)
    for process in main.children():
        process.suspend()
    owner.kill()

    numbers, _ = await numbers_after_a_start(used_data_folder)

    assert numbers == [1]
    assert has_ended(said.postgres)


async def test_when_owner_and_postgresql_are_both_killed_the_next_start_is_quick(
    used_data_folder: Path,
) -> None:
    kills = count()

    async def kill_both() -> tuple[list[int], float]:
        next(kills)
        owner = Owner(used_data_folder)
        postgres = owner.said().postgres
        os.kill(postgres, signal.SIGKILL)
        owner.kill()
        return await numbers_after_a_start(used_data_folder)

    numbers, seconds = await measured_soon(kill_both, holds=is_quick)

    assert numbers == [1] * next(kills)
    assert seconds < START_WITHIN_SECONDS


def test_a_second_process_is_told_who_owns_the_folder(used_data_folder: Path) -> None:
    owner = Owner(used_data_folder)
    owner.said()

    second = subprocess.run(
        [sys.executable, "-c", OWNER, used_data_folder],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    owner.process.send_signal(signal.SIGINT)

    assert second.returncode != 0
    assert f"DataFolderInUse: the data folder {used_data_folder} belongs" in second.stderr.replace(
        "causerie.foundation.postgres.errors.", ""
    )
    assert f"(pid {owner.process.pid})" in second.stderr
    assert owner.end() == 0


async def test_a_ctrl_c_at_the_terminal_reaches_the_owner_and_not_postgresql(
    used_data_folder: Path,
) -> None:
    owner = Owner(used_data_folder)
    postgres = owner.said().postgres
    os.killpg(owner.process.pid, signal.SIGINT)
    code = owner.end()

    numbers, _ = await numbers_after_a_start(used_data_folder)

    assert code == 0
    assert numbers == [1, 2]  # The second was written after the signal.
    assert has_ended(postgres)
