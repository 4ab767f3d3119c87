"""Data folders that are made once for all of pytest's workers; tests start on copies of them.

Making a database takes a second of a core, copying one takes a twentieth of it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from causerie.foundation.postgres import EmbeddedPostgres, MigrationSource, migrate
from causerie.foundation.postgres.disk import free_bytes

ROOM_FOR_TESTS_BYTES = 4 << 30
FOLDER_VARIABLE = "CAUSERIE_TEST_SEEDS"


def pytest_configure(config: pytest.Config) -> None:
    """Give the first process a folder, which those that it starts find in their environment."""
    if FOLDER_VARIABLE in os.environ:
        return
    folder = tempfile.mkdtemp(prefix="causerie-seeds-", dir=quick_disk())
    Path(folder).chmod(0o755)
    os.environ[FOLDER_VARIABLE] = folder

    def remove() -> None:
        del os.environ[FOLDER_VARIABLE]
        shutil.rmtree(folder)

    config.add_cleanup(remove)


def quick_disk() -> Path | None:
    """Where tests put data folders; None: among the temporary files."""
    # In memory where there is room (a container's own may have 64 MB): tests make many databases,
    # and no test cuts the power.
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and free_bytes(memory) >= ROOM_FOR_TESTS_BYTES else None


def seed(name: str, make: Callable[[Path], None]) -> Path:
    """The seed of this name; whoever asks first makes it, in the folder given to ``make``."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / name
        if not made.exists():
            making = folder / f"{name}.making"
            making.mkdir()
            # PostgreSQL's user must be able to enter when we are root.
            making.chmod(0o755)
            make(making)
            making.rename(made)
    return made


def sow(made: Path, folder: Path) -> None:
    """Copy a seed to where it is to grow; what is missing of the folder is made."""
    subprocess.run(["cp", "--archive", "--no-target-directory", made, folder], check=True)


def stopped_data() -> Path:
    """A data folder as a second start finds it, without migrations."""
    return seed("stopped", lambda folder: _in_a_thread(_run_once(folder, [])))


def migrated_data() -> Path:
    """The same with all migrations applied, and no rows."""

    def make(folder: Path) -> None:
        sow(stopped_data(), folder)
        _in_a_thread(_run_once(folder, migration_sources()))

    return seed("migrated", make)


def _in_a_thread(work: Coroutine[object, object, None]) -> None:
    # The caller's own may run a loop; and PostgreSQL lives no longer than the thread it was started in.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def _run_once(folder: Path, migrations: Sequence[MigrationSource]) -> None:
    server = EmbeddedPostgres(folder)
    endpoint = await server.start()
    if migrations:
        await migrate(endpoint.owner_dsn, migrations)
    await server.stop()
    (folder / "postgres" / "ballast").unlink()  # 64 MB that a start makes anew


def migration_sources() -> Sequence[MigrationSource]:
    """All migrations, as a start applies them."""
    from causerie.assembly.storage import ALL_MIGRATIONS  # late: unit tests need none of it

    return ALL_MIGRATIONS
