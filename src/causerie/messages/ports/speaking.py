"""Who may speak, and how often."""

from __future__ import annotations

from typing import Protocol

from causerie.foundation.identity import ConversationId, UserId


class Voices(Protocol):
    """Who may speak at all."""

    def require_may_speak(self, user_id: UserId, /) -> None:
        """Raise ``Muted`` or ``Banned``."""
        ...


class SendLimit(Protocol):
    """How often a user may send."""

    def require(self, user_id: UserId, /) -> None:
        """Count a send. Raises ``RateLimited``."""
        ...


class RoomLimit(Protocol):
    """How often all of a room may be called."""

    def require(self, key: ConversationId, cost: int = 1, /) -> None:
        """Count a call. Raises ``RateLimited`` where it is too much."""
        ...
