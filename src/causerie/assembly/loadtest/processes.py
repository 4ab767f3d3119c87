"""What the server's processes take of the machine, as /proc tells it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


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


def processor_seconds_of(roots: Iterable[int], proc: Path = Path("/proc")) -> float:
    """The time on a processor that the processes and all that descend from them have had."""
    fields = [_stat(proc / str(pid)) for pid in family(roots, proc)]
    return sum(int(each[11]) + int(each[12]) for each in fields if each) / TICKS_PER_SECOND


def _parent(process: Path) -> int | None:
    fields = _stat(process)
    return int(fields[1]) if fields else None


def _stat(process: Path) -> list[str]:
    """The fields of proc_pid_stat(5) after the name, which may hold anything; [] if it is gone."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


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
