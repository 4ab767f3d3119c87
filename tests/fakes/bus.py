"""A bus that does what a bus may do: lose, repeat, delay and reorder."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from typing_extensions import override

from causerie.foundation.realtime import Entry, MemoryBus


class Fate(IntEnum):
    """What becomes of an announcement."""

    ARRIVES = 0
    ARRIVES_TWICE = 1
    IS_LATE = 2
    IS_LOST = 3


class UnreliableBus(MemoryBus):
    """The test decides what becomes of each announcement."""

    def __init__(self) -> None:
        super().__init__()
        self.fate = Fate.ARRIVES
        self.late: list[tuple[int, Sequence[Entry]]] = []
        self.followed: list[int] = []

    @override
    def publish(self, topic_id: int, entries: Sequence[Entry]) -> None:
        match self.fate:
            case Fate.ARRIVES:
                self._ears.deliver(topic_id, entries)
            case Fate.ARRIVES_TWICE:
                self._ears.deliver(topic_id, entries)
                self._ears.deliver(topic_id, entries)
            case Fate.IS_LATE:
                self.late.append((topic_id, entries))
            case Fate.IS_LOST:
                pass

    def deliver_late(self, index: int, *, keep: bool = False) -> None:
        """Bring one that is late; kept, it comes once more."""
        if self.late:
            index %= len(self.late)
            topic_id, entries = self.late[index] if keep else self.late.pop(index)
            self._ears.deliver(topic_id, entries)

    @override
    def follow(self, topic_id: int) -> None:
        self.followed.append(topic_id)

    @override
    def unfollow(self, topic_id: int) -> None:
        self.followed.remove(topic_id)
