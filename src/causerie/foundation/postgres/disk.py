"""What room is left, and a ballast that PostgreSQL gets when there is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import structlog
from typing_extensions import override

log = structlog.get_logger()

MEBIBYTE = 1 << 20
BALLAST_BYTES = 64 * MEBIBYTE
# PostgreSQL grows its log in segments of 16 MiB and dies when it cannot. Below four segments
# nothing new is taken; below one the ballast is given up: four more for what is under way.
LOW_BYTES = 64 * MEBIBYTE
FULL_BYTES = 16 * MEBIBYTE
# Room beyond the ballast that must be there before it is made again, so that it does not flutter.
RECOVERED_BYTES = LOW_BYTES + 16 * MEBIBYTE


def free_bytes(folder: Path) -> int:
    """What an ordinary user can still write in the folder's file system."""
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize


class DiskState(StrEnum):
    """What may still be stored."""

    OK = "ok"
    LOW = "low"
    FULL = "full"


class Disk(Protocol):
    """The database's disk, as health and those who write ask for it."""

    @property
    def state(self) -> DiskState:
        """``ok``; ``low`` and ``full`` mean that nothing new is to be stored."""
        ...

    def report_full(self) -> None:
        """The database said that its disk is full."""
        ...


class UnwatchedDisk(Disk):
    """The disk of an external database: its operator watches it, we only hear of its end."""

    @property
    @override
    def state(self) -> DiskState:
        return DiskState.OK

    @override
    def report_full(self) -> None:
        log.error("database_disk_full")


class DiskGuard(Disk):
    """Watches the file system of the embedded cluster. ``check`` is called about once a second."""

    def __init__(self, ballast: Path, *, measure: Callable[[Path], int] = free_bytes) -> None:
        self._ballast = ballast
        self._measure = measure
        self._state = DiskState.OK

    @property
    def free_bytes(self) -> int:
        """What can still be written, without the ballast."""
        return self._measure(self._ballast.parent)

    @property
    @override
    def state(self) -> DiskState:
        return self._state

    @override
    def report_full(self) -> None:
        self._release()
        self._become(DiskState.FULL)

    def check(self) -> DiskState:
        """Look at the room that is left, and give up or make again the ballast."""
        free = self.free_bytes
        if self._ballast.exists():
            if free < FULL_BYTES:
                self.report_full()
            else:
                self._become(DiskState.LOW if free < LOW_BYTES else DiskState.OK)
        elif free >= BALLAST_BYTES + RECOVERED_BYTES and self._allocate():
            self._become(DiskState.OK)
        else:
            self._become(DiskState.FULL)
        return self._state

    def _allocate(self) -> bool:
        scratch = self._ballast.with_suffix(".new")
        fd = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            # Really allocated: a sparse file would give nothing back.
            os.posix_fallocate(fd, 0, BALLAST_BYTES)
        except OSError:
            scratch.unlink()
            return False
        finally:
            os.close(fd)
        scratch.rename(self._ballast)
        return True

    def _release(self) -> None:
        self._ballast.unlink(missing_ok=True)
        self._ballast.with_suffix(".new").unlink(missing_ok=True)

    def _become(self, state: DiskState) -> None:
        if state is not self._state:
            log.warning("disk_state_changed", state=state, free_bytes=self.free_bytes)
        self._state = state
