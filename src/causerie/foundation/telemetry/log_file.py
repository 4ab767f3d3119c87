"""A log file that several processes write, and that is rotated by one of them at a time."""

from __future__ import annotations

import fcntl
import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from typing_extensions import override


class SharedLogFile(RotatingFileHandler):
    """Writes to the file of that name, whoever has rotated it.

    The library's handler knows of itself only: each process would go on writing to the file that
    another has put aside, find it too long, and put the new one aside as well.
    """

    @override
    def shouldRollover(self, record: logging.LogRecord) -> bool:
        self._follow()
        return bool(super().shouldRollover(record))

    @override
    def doRollover(self) -> None:
        if self.stream is None:  # Closed: there is nothing that could be too long.
            return
        # Of the open file, not of its name: who comes second waits, and then finds another there.
        held = os.dup(self.stream.fileno())
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            if self._is_current():
                super().doRollover()
            else:
                self._follow()
        finally:
            os.close(held)

    def _is_current(self) -> bool:
        if self.stream is None:
            return False
        try:
            named = Path(self.baseFilename).stat()
        except FileNotFoundError:  # Somebody is about to make the new one.
            return False
        return os.path.samestat(os.fstat(self.stream.fileno()), named)

    def _follow(self) -> None:
        if self.stream is not None and not self._is_current():
            self.stream.close()
            self.stream = self._open()
