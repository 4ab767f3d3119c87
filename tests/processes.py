"""The server as an operator runs it: ``causerie serve`` in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import httpx2
import psutil

from tests import warm
from tests.seeds import migrated_data, quick_disk, sow

ROOT = Path(__file__).parents[1]
SECRET = "a-secret-of-the-test-suite-that-is-long-enough"
# Wide limits and cheap passwords: neither is what these tests are about.
ENVIRONMENT = {
    "CHAT_SERVER__SERVER__ENVIRONMENT": "test",
    "CHAT_SERVER__SECURITY__JWT_SECRET": SECRET,
    "CHAT_SERVER__SECURITY__PASSWORD_MEMORY_KIB": "64",
    "CHAT_SERVER__SECURITY__PASSWORD_ITERATIONS": "1",
    "CHAT_SERVER__LIMITS__MAX_MESSAGES_PER_MINUTE": "0",
    "CHAT_SERVER__LIMITS__MAX_CONNECTIONS_PER_USER": "0",
    "CHAT_SERVER__LIMITS__MAX_CONNECTIONS_PER_IP": "0",
    "CHAT_SERVER__LIMITS__AUTH_ATTEMPTS_PER_MINUTE": "0",
}
SERVE = ("-m", "causerie", "serve")
COMMAND_SECONDS = 120.0


def starved_seconds(*pids: int) -> float:
    """How long these processes could have run since their start, and others did instead."""
    # Documentation/scheduler/sched-stats: nanoseconds on the CPU, those waiting for one, slices.
    texts = [Path(f"/proc/{pid}/schedstat").read_text() for pid in pids]
    return sum(int(text.split()[1]) for text in texts) / 1e9


class Causerie:
    """One server and its data folder; started, killed, and started again on the same port."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        program: Sequence[str] = SERVE,
        *,
        is_warm: bool = True,
    ) -> None:
        """Warm: it and its commands run in processes that begin with all modules imported."""
        self.folder = folder
        self.program = program
        self.is_warm = is_warm
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CHAT_SERVER__")},
            **ENVIRONMENT,
            "CHAT_SERVER__SERVER__BIND_ADDR": "127.0.0.1:0",
            "CHAT_SERVER__SERVER__DATA_DIR": str(folder / "data"),
            **environment,
        }
        self.port = 0
        self.process: subprocess.Popen[bytes] | warm.Grown | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sockets(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> float:
        """Start, wait until it listens; gives the seconds that it took."""
        began = time.monotonic()
        with (self.folder / "log").open("ab") as log:
            self.process = self._launch(log)
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        assert "listens on" in line, self.log()
        self.port = int(line.rpartition(":")[2])
        self.environment["CHAT_SERVER__SERVER__BIND_ADDR"] = f"127.0.0.1:{self.port}"
        return time.monotonic() - began

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes] | warm.Grown:
        if self.is_warm:
            return warm.start(self.program, cwd=self.folder, env=self.environment, stderr=log)
        return subprocess.Popen(
            [sys.executable, *self.program],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=log,
        )

    async def start_soon(self) -> float:
        """The same beside running clients."""
        return await asyncio.to_thread(self.start)

    def kill(self) -> None:
        """SIGKILL, of the server alone."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, signal_number: int) -> int:
        assert self.process is not None
        self.process.send_signal(signal_number)
        status = self.process.wait(timeout=120)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return status

    def postgres(self) -> psutil.Process:
        """PostgreSQL's main process."""
        pid = (self.folder / "data" / "postgres" / "cluster" / "postmaster.pid").read_text()
        return psutil.Process(int(pid.split()[0]))

    def postgres_processes(self) -> list[psutil.Process]:
        """All of PostgreSQL's processes, the main one first."""
        main = self.postgres()
        return [main, *main.children(recursive=True)]

    def kill_postgres(self) -> None:
        """SIGKILL, of all its processes at once: as with a power cut, none sees another die."""
        processes = self.postgres_processes()
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def resident_bytes(self) -> int:
        return int(psutil.Process(self.pid).memory_info().rss)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def run(self, *arguments: str, text: str = "") -> str:
        """Run another command of ``causerie`` with the same configuration; gives what it prints."""
        done = warm.run(
            ("-m", "causerie", *arguments),
            cwd=self.folder,
            env=self.environment,
            stdin_text=text,
            timeout=COMMAND_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def is_ready(self) -> bool:
        """Ask ``/health/ready``."""
        try:
            async with httpx2.AsyncClient() as http:
                return (await http.get(self.url + "/health/ready", timeout=3)).status_code == 200
        except httpx2.HTTPError:
            return False


@contextlib.contextmanager
def a_causerie(
    *,
    program: Sequence[str] = SERVE,
    data: Path | None = None,
    place: Path | None = None,
    **settings: object,
) -> Iterator[Causerie]:
    """A server, started; its settings as ``section__key=value``.

    On a copy of a data folder: one that a stopped server has left, or one with all migrations and
    no rows; in ``place``, or on the quickest disk.
    """
    # Not pytest's own folder: that one is closed to PostgreSQL's user when we are root.
    folder = Path(tempfile.mkdtemp(prefix="causerie-e2e-", dir=place or quick_disk()))
    folder.chmod(0o755)
    sow(data or migrated_data(), folder / "data")
    environment = {f"CHAT_SERVER__{k.upper()}": str(v) for k, v in settings.items()}
    server = Causerie(folder, environment, program)
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.process.send_signal(signal.SIGCONT)
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
