"""A real ``causerie serve``, started as the README says, on a port and a data folder of its own."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

CAUSERIE = Path(sys.executable).parent / "causerie"
START_SECONDS = 90  # A first start makes a cluster; on a busy machine that takes its time.
STOP_SECONDS = 30


class CauserieProcess:
    """The running server as a test sees it."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CHAT_SERVER__")},
            "CHAT_SERVER__SERVER__BIND_ADDR": "127.0.0.1:0",
            "CHAT_SERVER__SERVER__DATA_DIR": str(folder / "data"),
            **variables,
        }
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        """Start, and wait until it says where it listens."""
        out = self.folder / "out"
        with out.open("wb") as stdout, (self.folder / "log").open("ab") as stderr:
            self.process = subprocess.Popen(
                [CAUSERIE, "serve"],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=self.folder,
                env=self.environ,
            )
        deadline = time.monotonic() + START_SECONDS
        while (said := re.search(r"http://\S+:(\d+)", out.read_text())) is None:
            assert self.process.poll() is None, f"it ended: {self.log}"
            assert time.monotonic() < deadline, f"it does not start: {self.log}"
            time.sleep(0.02)
        self.port = int(said[1])

    def stop(self) -> int:
        """Ask it to stop and wait for the end; gives the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOP_SECONDS)

    def call(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run another command with the same configuration."""
        return subprocess.run(
            [CAUSERIE, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            cwd=self.folder,
            env=self.environ,
            check=False,
        )


@contextlib.contextmanager
def causerie_process(**variables: str) -> Iterator[CauserieProcess]:
    """Give a server that is not started yet; whatever runs in the end is killed."""
    # Not pytest's tmp_path: as root, PostgreSQL runs as another user, who must get in.
    folder = Path(tempfile.mkdtemp(prefix="causerie-e2e-"))
    folder.chmod(0o755)
    server = CauserieProcess(folder, **variables)
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.process.terminate()
            try:
                server.process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.process.kill()
                server.process.wait()
        shutil.rmtree(folder, ignore_errors=True)
