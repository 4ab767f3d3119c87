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
