"""A page of numbers that several processes share."""

from __future__ import annotations

import os
import subprocess
import sys

from causerie.foundation.processes import GONE, Board


def test_a_worker_that_has_not_come_yet_is_nobody_to_wait_for() -> None:
    board = Board.make(count=2)
    board.note(1, connections=7, sockets=3)

    assert board.connections() == [GONE, 7]
    assert board.sockets() == [0, 3]


def test_what_one_process_writes_another_reads() -> None:
    board = Board.make(count=3)
    script = (
        "import sys; from causerie.foundation.processes import Board;"
        "board = Board(int(sys.argv[1]), count=3);"
        "board.note(2, connections=40, sockets=30); board.is_disk_reported_full = True"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(board.descriptor)],
        pass_fds=[board.descriptor],
        check=True,
    )

    assert board.connections() == [GONE, GONE, 40]
    assert sum(board.sockets()) == 30
    assert board.is_disk_reported_full


def test_a_worker_that_ended_leaves_nothing_behind() -> None:
    board = Board.make(count=1)
    board.note(0, connections=5, sockets=5)
    board.clear(0)

    assert board.connections() == [GONE]
    assert board.sockets() == [0]
    os.close(board.descriptor)
