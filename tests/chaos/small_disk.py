"""A disk of 400 MB that a test may fill."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from causerie.foundation.postgres.disk import MEBIBYTE, free_bytes

DISK_BYTES = 400 * MEBIBYTE


@contextmanager
def mounted_disk() -> Iterator[Path]:
    """Mount it, which needs root; skips the test where that is refused, outside CI."""
    folder = Path(tempfile.mkdtemp(prefix="causerie-test-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "causerie-test", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        folder.rmdir()
        if os.environ.get("CI") == "true":
            pytest.fail(f"a small disk cannot be mounted: {mounted.stderr}")
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)
        shutil.rmtree(folder)


class Filler:
    """A file that takes a disk's room."""

    def __init__(self, disk: Path) -> None:
        self._disk = disk
        self._file = disk / "filler"

    def free_bytes(self) -> int:
        """What others can still write."""
        return free_bytes(self._disk)

    def leave(self, free: int) -> None:
        """Take all room but so many bytes."""
        with self._file.open("ab") as file:
            take = self.free_bytes() - free
            if take > 0:
                os.posix_fallocate(file.fileno(), file.tell(), take)

    def leave_nothing(self) -> None:
        """Take all room."""
        with suppress(OSError), self._file.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))

    def make_room(self) -> None:
        """Give it all back."""
        self._file.unlink()
