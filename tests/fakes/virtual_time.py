"""A loop whose time passes at once: hours of waiting in a unit test, and none of it slept."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import TypeVar

from typing_extensions import override

T = TypeVar("T")


class _ImpatientSelector(selectors.DefaultSelector):
    """Where the loop would wait, time jumps to the moment that it waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("Everybody waits, and nothing will ever happen")
        self.now += max(0.0, timeout)
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Its clock starts at 0 and moves only while nobody is ready."""

    def __init__(self) -> None:
        self._impatient = _ImpatientSelector()
        super().__init__(self._impatient)

    @override
    def time(self) -> float:
        return self._impatient.now

    def stand_still(self, seconds: float) -> None:
        """Let time pass in which nobody does anything, as where a machine is stopped."""
        self._impatient.now += seconds


def run_in_virtual_time(scene: Coroutine[None, None, T]) -> T:
    """Run a scene to its end in a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(scene)
