"""Resident memory of the server's processes, as /proc tells it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Memory(msgspec.Struct, frozen=True):
    """Bytes of all processes together.

    ``resident`` counts a page that several processes share once for each of them, ``proportional``
    once in all; the latter is 0 where /proc does not let us see it.
    """

    resident: int
    proportional: int


def family(roots: Iterable[int], proc: Path = Path("/proc")) -> list[int]:
    """The processes and all that descend from them, by pid."""
    children: dict[int, list[int]] = {}
    for entry in proc.iterdir():
        if entry.name.isdigit() and (parent := _parent(entry)) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid for pid in roots if (proc / str(pid)).exists()]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.append(pid)
            waiting.extend(children.get(pid, ()))
    return found


def memory_of(roots: Iterable[int], proc: Path = Path("/proc")) -> Memory:
    """Weigh the processes and all that descend from them; who ends meanwhile weighs nothing."""
    pids = family(roots, proc)
    return Memory(
        resident=sum(_resident(proc / str(pid)) for pid in pids),
        proportional=sum(_proportional(proc / str(pid)) for pid in pids),
    )


def _parent(process: Path) -> int | None:
    try:
        # The name, in parentheses, may hold anything; the parent is the second field after it.
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _resident(process: Path) -> int:
    try:
        return int((process / "statm").read_text().split()[1]) * PAGE_BYTES
    except OSError:
        return 0


def _proportional(process: Path) -> int:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)
