"""Calling all of a room at once: by permission, and so often."""

from __future__ import annotations

from causerie.accounts import Permission
from causerie.foundation.identity import ConversationId, Principal
from causerie.messages.model import calls_room
from causerie.messages.ports import RoomLimit


class Calling:
    """Counts what rings at everybody; without the permission ``@room`` is a word like others."""

    def __init__(self, limit: RoomLimit | None) -> None:
        self._limit = limit

    def require(self, who: Principal, conversation_id: ConversationId, content: str) -> None:
        """Raise ``RateLimited`` where the room was called too often of late."""
        if self._limit is not None and calls_room(content) and who.may(Permission.MENTION_EVERYONE):
            self._limit.require(conversation_id)
