"""What is told of presence. Ephemeral: none has a number, and each may be lost."""

from __future__ import annotations

from causerie.conversations import Kind
from causerie.foundation.events import Event
from causerie.foundation.identity import ConversationId, UserId
from causerie.presence.model import Presence


class PresenceChanged(Event, frozen=True, gc=False):
    """Somebody is something else, as those may see it who are told."""

    presence: Presence


class PresenceCounted(Event, frozen=True, gc=False):
    """How many are there of a conversation that is too large to tell one by one; Unix seconds."""

    conversation_id: ConversationId
    kind: Kind
    online: int
    at: float


class TypingChanged(Event, frozen=True, gc=False):
    """Somebody began to type, or ended."""

    conversation_id: ConversationId
    kind: Kind
    user_id: UserId
    is_typing: bool


# --- between nodes: no client hears of these ----------------------------------------------------------


class PeopleSeen(Event, frozen=True, gc=False):
    """What people at one node are who follow a conversation, and who of them are there no more.

    ``is_all``: all who are there; the answer to ``PeopleAsked``.
    """

    node: str
    people: tuple[Presence, ...]
    gone: tuple[Presence, ...]
    is_all: bool


class PeopleAsked(Event, frozen=True, gc=False):
    """A node asks who is at the others of a conversation that somebody follows there now."""

    node: str


class NodeLives(Event, frozen=True, gc=False):
    """A node is there; whose does not say so any more is gone with its people."""

    node: str


class NodeEnds(Event, frozen=True, gc=False):
    """A node stops: who is not back elsewhere in so many seconds is gone."""

    node: str
    in_seconds: float


class ChoiceMade(Event, frozen=True, gc=False):
    """Somebody chose what to be: where they are, too, their choice is to be read again."""

    user_id: UserId


class TypingHeard(Event, frozen=True, gc=False):
    """Who at one node types, or types on, in a conversation, and who does no more."""

    kind: Kind
    typing: tuple[UserId, ...]
    ended: tuple[UserId, ...]
