"""A PostgreSQL 15 that the system's package manager installed, started by tests as an external one."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from causerie.foundation.postgres import Connection
from causerie.foundation.postgres.database import connect
from tests.ports import free_port

BINARIES = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "pass/word"  # What is special in it must be percent-encoded in a URL.
ENCODED = "pass%2Fword"


class InstalledPostgres(msgspec.Struct, frozen=True):
    """Its port on loopback; ``postgres`` is its superuser."""

    port: int

    def url(self, database: str, user: str = "postgres") -> str:
        """What an operator would write into the configuration."""
        return f"postgresql://{user}:{ENCODED}@127.0.0.1:{self.port}/{database}"

    @asynccontextmanager
    async def superuser(self, database: str = "postgres") -> AsyncIterator[Connection]:
        """A superuser's connection."""
        connection = await connect(self.url(database))
        try:
            yield connection
        finally:
            await connection.close()


class _System(msgspec.Struct, frozen=True):
    """Runs PostgreSQL's programs as a user that they accept."""

    folder: Path

    def run(self, program: str, *arguments: str) -> None:
        who = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        with (self.folder / f"{program}.out").open("wb") as output:
            subprocess.run(
                [BINARIES / program, f"--pgdata={self.folder}/cluster", *arguments],
                check=True,
                timeout=60,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                user=who.pw_uid if who else None,
                group=who.pw_gid if who else None,
                extra_groups=[] if who else None,
            )


@pytest.fixture(scope="session")
def installed_postgres() -> Iterator[InstalledPostgres]:
    """A cluster of PostgreSQL 15 on a port of loopback, with passwords, without TLS."""
    if not (BINARIES / "postgres").exists():
        reason = f"PostgreSQL 15 is not installed in {BINARIES}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="causerie-test-"))
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    system = _System(folder)
    port = free_port()
    system.run("initdb", "--auth=scram-sha-256", "--username=postgres", "--encoding=UTF8",
               "--locale=C", f"--pwfile={folder}/password", "--no-sync")  # fmt: skip
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c shared_buffers=32MB"
    system.run("pg_ctl", "start", "--wait", f"--options={settings}", f"--log={folder}/log")
    try:
        yield InstalledPostgres(port)
    finally:
        system.run("pg_ctl", "stop", "--mode=immediate")
        shutil.rmtree(folder)
