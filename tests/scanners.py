"""A real clamd that knows one thing: the test file that all virus scanners know (EICAR)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from tests.ports import free_port

# In two parts, so that no scanner refuses this file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CLAMD = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
START_SECONDS = 60.0
STREAM_MAX = "2M"

needs_clamd = pytest.mark.skipif(
    CLAMD is None and os.environ.get("CI") != "true",
    reason="needs clamd: apt-get install clamav-daemon",
)


class Scanning(msgspec.Struct, frozen=True):
    """Where a clamd listens."""

    port: int


@contextmanager
def a_clamd(port: int = 0) -> Iterator[Scanning]:
    """Start one with a database of one signature; it is there within a second."""
    assert CLAMD is not None, "clamd is not installed"
    with tempfile.TemporaryDirectory(prefix="causerie-clamd-") as name:
        folder, port = Path(name), port or free_port()
        folder.chmod(0o755)
        database = folder / "database"
        database.mkdir()
        (database / "own.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
        settings = folder / "clamd.conf"
        settings.write_text(
            f"Foreground yes\nDatabaseDirectory {database}\nTCPSocket {port}\n"
            f"TCPAddr 127.0.0.1\nStreamMaxLength {STREAM_MAX}\nTemporaryDirectory {folder}\n"
            "MaxThreads 4\nConcurrentDatabaseReload no\n"
        )
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([CLAMD, "-c", str(settings)], stdout=log, stderr=log)
        try:
            _wait_for(port, process, folder / "log")
            yield Scanning(port)
        finally:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends_at = time.monotonic() + START_SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(b"zPING\0")
                assert connection.recv(16).startswith(b"PONG")
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < ends_at, log.read_text()
            time.sleep(0.05)
