"""The bus: what one commit brought to topics, carried to every node that follows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from typing_extensions import override

from causerie.foundation.events import Event
from causerie.foundation.identity import UserId
from causerie.foundation.realtime.entry import Entry


class Ears(Protocol):
    """Where a node hears what the bus brings: its hub. Nothing here awaits or raises."""

    def deliver(self, topic_id: int, entries: Sequence[Entry]) -> None:
        """Take what is new in a topic."""
        ...

    def hear_of_topic(self, topic_id: int, event: Event, *, user_id: UserId | None) -> None:
        """Tell those who follow, and the user's sockets that have no place in the topic yet."""
        ...

    def hear_of_user(self, user_id: UserId, event: Event, *, is_for_greeted: bool) -> None:
        """Tell the user's sockets here; ``is_for_greeted``: those that had their greeting."""
        ...

    def hear_of_nodes(self, event: Event) -> None:
        """Take what another node says to all nodes."""
        ...

    def doubt(self, topic_ids: Iterable[int]) -> None:
        """Compare these topics with the database: something of them may have gone unheard."""
        ...

    def doubt_all(self) -> None:
        """Compare all topics that are followed here."""
        ...

    def miss(self, *, is_ongoing: bool) -> None:
        """Know that what other nodes said may have gone unheard, or ``is_ongoing``: still does."""
        ...


class Bus(Protocol):
    """A hint, never the truth: it may lose, repeat or reorder, and the hub repairs it.

    No method is a coroutine: nothing can be cancelled between a commit and its announcement.
    """

    def publish(self, topic_id: int, entries: Sequence[Entry]) -> None:
        """Carry the entries to every node that follows the topic, this one included."""
        ...

    def tell_topic(self, topic_id: int, event: Event, *, user_id: UserId | None = None) -> None:
        """Carry an event without a number to every other node that follows the topic."""
        ...

    def tell_user(self, user_id: UserId, event: Event, *, is_for_greeted: bool = False) -> None:
        """Carry an event to every other node where the user has a socket."""
        ...

    def tell_nodes(self, event: Event) -> None:
        """Carry an event to every other node."""
        ...

    def follow(self, topic_id: int) -> None:
        """This node has its first reader of the topic."""
        ...

    def unfollow(self, topic_id: int) -> None:
        """This node has lost its last reader of the topic."""
        ...

    def follow_user(self, user_id: UserId) -> None:
        """This node has the user's first socket."""
        ...

    def unfollow_user(self, user_id: UserId) -> None:
        """This node has lost the user's last socket."""
        ...

    def deliver_to(self, ears: Ears) -> None:
        """Set who hears, once."""
        ...


class NoEars(Ears):
    """Before anybody listens."""

    @override
    def deliver(self, topic_id: int, entries: Sequence[Entry]) -> None:
        """Nobody is here to be told."""

    @override
    def hear_of_topic(self, topic_id: int, event: Event, *, user_id: UserId | None) -> None:
        """Nobody is here to be told."""

    @override
    def hear_of_user(self, user_id: UserId, event: Event, *, is_for_greeted: bool) -> None:
        """Nobody is here to be told."""

    @override
    def hear_of_nodes(self, event: Event) -> None:
        """Nobody is here to be told."""

    @override
    def doubt(self, topic_ids: Iterable[int]) -> None:
        """Nobody follows."""

    @override
    def doubt_all(self) -> None:
        """Nobody follows."""

    @override
    def miss(self, *, is_ongoing: bool) -> None:
        """Nobody is here to be told."""


class MemoryBus(Bus):
    """One node: what is published here is delivered here, in the same turn."""

    def __init__(self) -> None:
        self._ears: Ears = NoEars()

    @override
    def publish(self, topic_id: int, entries: Sequence[Entry]) -> None:
        self._ears.deliver(topic_id, entries)

    @override
    def tell_topic(self, topic_id: int, event: Event, *, user_id: UserId | None = None) -> None:
        """Nothing to tell: there is no other node."""

    @override
    def tell_user(self, user_id: UserId, event: Event, *, is_for_greeted: bool = False) -> None:
        """Nothing to tell: there is no other node."""

    @override
    def tell_nodes(self, event: Event) -> None:
        """Nothing to tell: there is no other node."""

    @override
    def follow(self, topic_id: int) -> None:
        """Nothing to tell: there is no other node."""

    @override
    def unfollow(self, topic_id: int) -> None:
        """Nothing to tell: there is no other node."""

    @override
    def follow_user(self, user_id: UserId) -> None:
        """Nothing to tell: there is no other node."""

    @override
    def unfollow_user(self, user_id: UserId) -> None:
        """Nothing to tell: there is no other node."""

    @override
    def deliver_to(self, ears: Ears) -> None:
        self._ears = ears
