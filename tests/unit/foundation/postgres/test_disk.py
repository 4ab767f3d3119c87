from __future__ import annotations

from pathlib import Path

import pytest

from causerie.foundation.postgres import DiskGuard, DiskState
from causerie.foundation.postgres.disk import (
    BALLAST_BYTES,
    FULL_BYTES,
    LOW_BYTES,
    MEBIBYTE,
    RECOVERED_BYTES,
    free_bytes,
)

PLENTY = BALLAST_BYTES + RECOVERED_BYTES


class DiskScene:
    """A disk whose room the test decides, with a real ballast file on a real one."""

    def __init__(self, folder: Path) -> None:
        self.free = PLENTY
        self.ballast = folder / "ballast"
        self.guard = DiskGuard(self.ballast, measure=lambda _: self.free)


@pytest.fixture
def disk(tmp_path: Path) -> DiskScene:
    scene = DiskScene(tmp_path)
    scene.guard.check()
    return scene


def test_the_ballast_is_really_allocated(disk: DiskScene) -> None:
    facts = disk.ballast.stat()

    assert facts.st_size == BALLAST_BYTES
    assert facts.st_blocks * 512 >= BALLAST_BYTES


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (LOW_BYTES, DiskState.OK),
        (LOW_BYTES - 1, DiskState.LOW),
        (FULL_BYTES, DiskState.LOW),
        (FULL_BYTES - 1, DiskState.FULL),
    ],
)
def test_what_is_left_decides_the_state(disk: DiskScene, free: int, state: DiskState) -> None:
    disk.free = free

    assert disk.guard.check() is state
    assert disk.guard.state is state


def test_the_ballast_is_kept_while_the_disk_is_low_and_given_up_when_it_is_full(
    disk: DiskScene,
) -> None:
    disk.free = FULL_BYTES
    disk.guard.check()
    kept = disk.ballast.exists()
    disk.free = FULL_BYTES - 1
    disk.guard.check()

    assert kept
    assert not disk.ballast.exists()


def test_the_room_that_the_ballast_gave_does_not_count_as_recovery(disk: DiskScene) -> None:
    disk.guard.report_full()
    disk.free = BALLAST_BYTES + RECOVERED_BYTES - MEBIBYTE

    assert disk.guard.check() is DiskState.FULL
    assert not disk.ballast.exists()


def test_with_room_for_it_the_ballast_is_made_again_and_all_is_well(disk: DiskScene) -> None:
    disk.guard.report_full()
    gone = not disk.ballast.exists()
    disk.free = PLENTY

    assert gone
    assert disk.guard.check() is DiskState.OK
    assert disk.ballast.stat().st_size == BALLAST_BYTES


def test_a_disk_full_report_counts_at_once(disk: DiskScene) -> None:
    disk.guard.report_full()

    assert disk.guard.state is DiskState.FULL


def test_the_room_of_a_real_folder_is_what_an_ordinary_user_has(tmp_path: Path) -> None:
    guard = DiskGuard(tmp_path / "ballast")

    assert guard.free_bytes > 0
    assert abs(guard.free_bytes - free_bytes(tmp_path)) < 1 << 30
