"""Processes that the bench starts, each on its core, and ends again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.machine import ROOT, pinned

STOP_SECONDS = 20.0
READY_SECONDS = 60.0
POLL_SECONDS = 0.05
LOG_TAIL_CHARACTERS = 3000


class Failed(Exception):  # noqa: N818 - named after the fact, like every refusal of the house
    """A process of the bench did not do what it was started for."""


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that a database's own user can reach, and that is gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="causerie-bench-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    core: int | None,
    log: Path,
    is_ready: Callable[[], bool],
    env: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """A server while the block runs; gives its pid. Raises ``Failed`` where it does not start."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env=environment(env),
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=pinned(core),  # noqa: PLW1509 - no thread of ours exists yet
        )
        try:
            _await_ready(process, log, is_ready)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run(
    command: Sequence[str | Path],
    *,
    core: int | None,
    timeout_seconds: float,
    given: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    capture_errors: bool = False,
) -> bytes:
    """Run to the end and give what was printed. Raises ``Failed``."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=environment(env),
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if capture_errors else None,
            timeout=timeout_seconds,
            check=False,
            preexec_fn=pinned(core),
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{command[0]} took more than {timeout_seconds:.0f} s") from error
    if done.returncode:
        text = (done.stdout + (done.stderr or b"")).decode(errors="replace")
        raise Failed(
            f"{' '.join(map(str, command))} ended with {done.returncode}\n"
            f"{text[-LOG_TAIL_CHARACTERS:]}"
        )
    return done.stdout


def environment(more: Mapping[str, str] | None) -> dict[str, str]:
    """Our environment without settings that somebody's own server has, and some more."""
    kept = {name: value for name, value in os.environ.items() if "CHAT_SERVER" not in name}
    return kept | {"PYTHONPATH": str(ROOT / "src")} | dict(more or {})


def python(module: str, *arguments: str | Path) -> list[str | Path]:
    """The command that runs a module in this very environment."""
    return [sys.executable, "-m", module, *arguments]


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> Callable[[], bool]:
    """A test whether somebody listens on the port."""

    def is_ready() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return is_ready


def _await_ready(process: subprocess.Popen[bytes], log: Path, is_ready: Callable[[], bool]) -> None:
    ends = time.monotonic() + READY_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > ends:
            tail = log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:]
            raise Failed(f"{process.args!r} did not start:\n{tail}")
        time.sleep(POLL_SECONDS)
