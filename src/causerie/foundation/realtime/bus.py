"""The bus: what one commit brought to topics, carried to every node that follows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from typing_extensions import override

from causerie.foundation.realtime.entry import Entry

# Called on each following node with a topic and what is new in it.
Delivery = Callable[[int, Sequence[Entry]], None]


class Bus(Protocol):
    """A hint, never the truth: it may lose, repeat or reorder, and the hub repairs it.

    ``publish`` is not a coroutine: nothing can be cancelled between a commit and its announcement.
    """

    def publish(self, topic_id: int, entries: Sequence[Entry]) -> None:
        """Carry the entries to every node that follows the topic, this one included."""
        ...

    def follow(self, topic_id: int) -> None:
        """This node has its first reader of the topic."""
        ...

    def unfollow(self, topic_id: int) -> None:
        """This node has lost its last reader of the topic."""
        ...

    def deliver_to(self, delivery: Delivery) -> None:
        """Set where deliveries go, once."""
        ...


class MemoryBus(Bus):
    """One node: what is published here is delivered here, in the same turn."""

    def __init__(self) -> None:
        self._delivery: Delivery = lambda _topic_id, _entries: None

    @override
    def publish(self, topic_id: int, entries: Sequence[Entry]) -> None:
        self._delivery(topic_id, entries)

    @override
    def follow(self, topic_id: int) -> None:
        """Nothing to tell: there is no other node."""

    @override
    def unfollow(self, topic_id: int) -> None:
        """Nothing to tell: there is no other node."""

    @override
    def deliver_to(self, delivery: Delivery) -> None:
        self._delivery = delivery
