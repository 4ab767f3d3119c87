"""What presence needs from others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from causerie.conversations import Kind
from causerie.foundation.events import Event
from causerie.foundation.identity import UserId
from causerie.presence.model import Choice, Person, Standing, Status

NODE_SECONDS = 90.0  # Three rounds of a node; who was at one that died is offline after it.


class Whereabouts(Protocol):
    """Who is at which node, and what they chose: true for the moment, and lost without harm.

    One process keeps it in memory; several share one. A node that is not heard of for
    ``NODE_SECONDS`` is gone, and those whose last devices were there with it.
    """

    async def put(
        self,
        node: str,
        standings: Mapping[UserId, Standing | None],
        choices: Mapping[UserId, Choice],
    ) -> Mapping[UserId, Person]:
        """Say how people stand at a node (None: no longer there) and what of them chose what.

        Gives those of ``standings`` who stand anywhere, over all nodes. A choice that is older than
        the known one changes nothing; it is forgotten with the last standing.
        """
        ...

    async def find(self, users: Sequence[UserId]) -> Mapping[UserId, Person]:
        """Those who stand somewhere."""
        ...

    async def keep(self, node: str) -> Sequence[UserId]:
        """Say that a node lives; gives those who are gone with nodes that did not say so."""
        ...

    async def end(self, node: str, *, in_seconds: float) -> None:
        """Say that a node stops: it is gone after so long, and not after ``NODE_SECONDS``."""
        ...


class Records(Protocol):
    """What lasts of presence: choices, and when somebody was there. Raises ``Unavailable``."""

    async def choose(
        self, user_id: UserId, status: Status, *, active_at: float, key: str | None
    ) -> int | None:
        """Keep a choice, if it is one that lasts; gives its number, None where the key is known.

        ``active_at`` (Unix seconds) is what others go on to see of one who becomes invisible.
        """
        ...

    async def choices_of(self, users: Sequence[UserId]) -> Mapping[UserId, Choice]:
        """What people chose that lasts; who never chose anything is left out."""
        ...

    async def choosers_since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[UserId]:
        """Those who chose something in the last so many seconds."""
        ...

    async def note_active(self, moments: Mapping[UserId, float]) -> None:
        """Keep when people were last active (Unix seconds); of the invisible nothing is kept."""
        ...

    async def last_active(self, users: Sequence[UserId]) -> Mapping[UserId, float]:
        """When people were last active, as far as others may know it."""
        ...

    async def kind_of(self, topic: int) -> Kind:
        """What a conversation is that is known to exist."""
        ...

    async def share_a_conversation(self, one: UserId, other: UserId) -> bool:
        """Say whether two people are in one conversation."""
        ...


class Audience(Protocol):
    """The sessions of this node. Every method is quick and awaits nothing."""

    def is_ready(self, user_id: UserId) -> bool:
        """Say whether a session of the user was greeted, and so knows its conversations."""
        ...

    def topics_of(self, user_id: UserId) -> Sequence[int]:
        """The conversations that the user's sessions follow."""
        ...

    def topics(self) -> Sequence[int]:
        """The conversations that anybody here follows."""
        ...

    def people_in(self, topic: int) -> set[UserId]:
        """Who follows a conversation."""
        ...

    def is_large(self, topic: int) -> bool:
        """Say whether a conversation has too many followers to tell them one by one."""
        ...

    def tell_others(self, user_id: UserId, topics: Sequence[int], event: Event) -> int:
        """Tell all who follow one of the topics, each once, but the user; gives how many."""
        ...

    def tell_own(self, user_id: UserId, event: Event) -> None:
        """Tell the user's own sessions."""
        ...

    async def tell_many(self, topic: int, event: Event) -> None:
        """Tell all who follow a large conversation, with room for others in between."""
        ...


class Nodes(Protocol):
    """The way to the other nodes: what is said may be lost. Every method awaits nothing."""

    def tell_topic(self, topic: int, event: Event) -> None:
        """Tell every other node with a reader of a conversation."""
        ...

    def tell_all(self, event: Event) -> None:
        """Tell every other node."""
        ...


class Voices(Protocol):
    """Says who may speak; accounts know."""

    def require_may_speak(self, user_id: UserId) -> None:
        """Raise what the user is told who is muted or banned."""
        ...
