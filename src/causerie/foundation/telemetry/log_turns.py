"""Lines of the log over the turns of the loop: what many sockets say at once holds nobody up.

A line costs some 0.1 ms until it stands in the log. A thousand sockets that end in one turn, with a
proxy or a network that is gone, would hold all others for as many lines.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from threading import get_ident
from typing import Any

from structlog import DropEvent
from structlog.typing import EventDict, Processor, WrappedLogger

LINES_A_TURN = 32  # Some 3 ms.
MAX_WAITING_LINES = 10_000  # One for each socket of a full node; some 5 MB.
# Of these a process may die: they, and what was said before them, are not to die with it.
_AT_ONCE = frozenset({"error", "exception", "critical"})


class LogTurns:
    """A processor of structlog: so many lines a turn go on at once, those after them later, in order.

    What was waiting comes out before anything said outside of a loop, and by ``write_all``.
    """

    def __init__(self, rest: Sequence[Processor]) -> None:
        """``rest``: what happens to a line from here on, until its logger gets it."""
        self._rest = rest
        self._waiting: deque[tuple[WrappedLogger, str, EventDict]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None  # Whose turn is being counted.
        self._thread = 0
        self._room = 0

    def __call__(self, logger: WrappedLogger, method: str, fields: EventDict) -> EventDict:
        """Let a line pass. Raises ``DropEvent``: it waits."""
        loop = self._loop_here()
        if loop is None or method in _AT_ONCE or "exc_info" in fields:
            self.write_all()
            return fields
        if loop is not self._loop:
            self._begin_turn(loop)
        if self._room and not self._waiting:
            self._room -= 1
            return fields
        if len(self._waiting) >= MAX_WAITING_LINES:
            self._write(1)
        self._waiting.append((logger, method, fields))
        raise DropEvent

    def write_all(self) -> None:
        """Write what waits."""
        self._write(len(self._waiting))

    def _loop_here(self) -> asyncio.AbstractEventLoop | None:
        loop = self._loop
        # In a turn that is being counted this is cheaper than to ask asyncio.
        if loop is not None and loop.is_running() and get_ident() == self._thread:
            return loop
        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            return None

    def _begin_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._thread = loop, get_ident()
        self._room = LINES_A_TURN
        loop.call_soon(self._end_turn, loop)

    def _end_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            return
        self._write(LINES_A_TURN)
        if self._waiting:
            loop.call_soon(self._end_turn, loop)
        else:
            self._loop = None

    def _write(self, count: int) -> None:
        for _ in range(count):
            try:
                logger, method, fields = self._waiting.popleft()
            except IndexError:
                # Another thread, which says something outside of a loop, was quicker.
                return
            line: Any = fields
            for step in self._rest:
                line = step(logger, method, line)
            getattr(logger, method)(line)
