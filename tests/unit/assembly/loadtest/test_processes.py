"""A server's memory is that of all its processes."""

from __future__ import annotations

import os
from pathlib import Path

from causerie.assembly.loadtest.processes import (
    PAGE_BYTES,
    TICKS_PER_SECOND,
    family,
    memory_of,
    processor_seconds_of,
)


def add_process(proc: Path, pid: int, parent: int, *, pages: int = 0, pss_kib: int = 0) -> None:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "stat").write_text(f"{pid} (a (strange) name) S {parent} {'0 ' * 9}200 100 0")
    (folder / "statm").write_text(f"{pages * 3} {pages} 1 1 0 1 0")
    (folder / "smaps_rollup").write_text(f"00-ff ---p 0 0 0 [rollup]\nPss:     {pss_kib} kB\n")


def test_a_family_is_all_that_descends(tmp_path: Path) -> None:
    add_process(tmp_path, 10, 1)
    add_process(tmp_path, 11, 10)
    add_process(tmp_path, 12, 11)
    add_process(tmp_path, 20, 1)
    (tmp_path / "meminfo").write_text("")

    assert sorted(family([10], tmp_path)) == [10, 11, 12]


def test_memory_is_added_up(tmp_path: Path) -> None:
    add_process(tmp_path, 10, 1, pages=5, pss_kib=7)
    add_process(tmp_path, 11, 10, pages=3, pss_kib=2)
    memory = memory_of([10], tmp_path)

    assert memory.resident == 8 * PAGE_BYTES
    assert memory.proportional == 9 << 10


def test_who_is_gone_weighs_nothing(tmp_path: Path) -> None:
    assert memory_of([99], tmp_path).resident == 0


def test_this_process_weighs_something() -> None:
    assert memory_of([os.getpid()]).resident > PAGE_BYTES


def test_time_on_the_processor_is_added_up(tmp_path: Path) -> None:
    add_process(tmp_path, 10, 1)
    add_process(tmp_path, 11, 10)

    assert processor_seconds_of([10], tmp_path) == 600 / TICKS_PER_SECOND
