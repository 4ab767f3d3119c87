"""A page of memory that all processes of a server see: numbers that are read without asking."""

from __future__ import annotations

import mmap
import os

MAX_PROCESSES = 256  # As many workers as the settings allow.
_WORD_BYTES = 8
_HEAD_WORDS = 2  # The state of the disk, and whether a worker was told that it is full.
_DISK, _DISK_FULL = range(_HEAD_WORDS)
_COLUMNS = 2  # For each worker: all connections, and sockets among them.
GONE = 1 << 63  # No number of connections: nobody waits for a process that is not there.
_BOARD_BYTES = _WORD_BYTES * (_HEAD_WORDS + _COLUMNS * MAX_PROCESSES)


class Board:
    """Each number has one writer and is a word of its own, so that none is ever seen half written.

    The parent makes it; the workers open it by the descriptor that they inherit. ``index`` is the
    worker's own, 0 to ``count`` - 1.
    """

    def __init__(self, descriptor: int, *, count: int) -> None:
        self.descriptor = descriptor
        self.count = count
        self._words = memoryview(mmap.mmap(descriptor, _BOARD_BYTES)).cast("Q")

    @classmethod
    def make(cls, *, count: int) -> Board:
        """Make one for this many workers, none of them there yet."""
        descriptor = os.memfd_create("causerie-board", os.MFD_CLOEXEC)
        os.ftruncate(descriptor, _BOARD_BYTES)
        board = cls(descriptor, count=count)
        for index in range(count):
            board.clear(index)
        return board

    @property
    def disk(self) -> int:
        """How the parent finds the database's disk."""
        return self._words[_DISK]

    @disk.setter
    def disk(self, state: int) -> None:
        self._words[_DISK] = state

    @property
    def is_disk_reported_full(self) -> bool:
        """Whether a worker has heard from the database that its disk is full."""
        return bool(self._words[_DISK_FULL])

    @is_disk_reported_full.setter
    def is_disk_reported_full(self, reported: bool) -> None:
        self._words[_DISK_FULL] = reported

    def note(self, index: int, *, connections: int, sockets: int) -> None:
        """Write how many connections a worker has, and how many of them are sockets."""
        at = _HEAD_WORDS + _COLUMNS * index
        self._words[at] = connections
        self._words[at + 1] = sockets

    def clear(self, index: int) -> None:
        """Write that a worker is not there."""
        self.note(index, connections=GONE, sockets=0)

    def connections(self) -> list[int]:
        """Read how many connections each worker has; ``GONE`` where there is none."""
        end = _HEAD_WORDS + _COLUMNS * self.count
        return self._words[_HEAD_WORDS:end:_COLUMNS].tolist()

    def sockets(self) -> list[int]:
        """Read how many sockets each worker has."""
        end = _HEAD_WORDS + _COLUMNS * self.count
        return self._words[_HEAD_WORDS + 1 : end : _COLUMNS].tolist()
