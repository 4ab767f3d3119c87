"""Several processes write one log file, and none loses what another has put aside."""

from __future__ import annotations

import logging
from pathlib import Path

from causerie.foundation.telemetry.log_file import SharedLogFile

MAX_BYTES = 1000
LINES = 100  # Of 20 bytes: they fill two files and no more.


def test_a_file_is_rotated_once_whoever_finds_it_full(tmp_path: Path) -> None:
    file = tmp_path / "log"
    processes = [SharedLogFile(file, maxBytes=MAX_BYTES, backupCount=9) for _ in range(3)]
    for number in range(LINES):
        line = f"line {number}".ljust(19, ".")
        record = logging.makeLogRecord({"msg": line})
        processes[number % len(processes)].emit(record)
    for process in processes:
        process.close()
    newest_first = [file, *sorted(tmp_path.glob("log.*"))]
    lines = [line for each in reversed(newest_first) for line in each.read_text().splitlines()]

    assert [line.strip(".") for line in lines] == [f"line {number}" for number in range(LINES)]
    assert all(each.stat().st_size > MAX_BYTES - 40 for each in newest_first[1:])


def test_a_file_that_was_taken_away_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "log"
    process = SharedLogFile(file, maxBytes=MAX_BYTES, backupCount=1)
    file.unlink()
    process.emit(logging.makeLogRecord({"msg": "still here"}))
    process.close()

    assert file.read_text() == "still here\n"
