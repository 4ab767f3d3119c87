"""Where reactions and pins are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from causerie.foundation.identity import ConversationId, MessageId, Rev, UserId
from causerie.messages.events import MessagePinned, ReactionAdded, ReactionRemoved
from causerie.messages.model import EmojiTotal, Message, Pin, ReactorPage


class AroundStore(Protocol):
    """Reactions and pins. All methods raise ``Unavailable`` where the database is away."""

    async def react(
        self,
        user_id: UserId,
        message_id: MessageId,
        emoji: str,
        *,
        is_adding: bool,
        key: str | None,
        fingerprint: bytes,
    ) -> tuple[int, ReactionAdded | ReactionRemoved | None]:
        """Make or take away a reaction: how many there are then, and the event of a change.

        Raises ``MessageNotFound``, ``Muted``, ``Banned``, ``ConversationArchived``,
        ``MayNotWrite``, ``MessageDeleted`` (the refusal), ``TooManyEmojis`` and ``Conflict``.
        """
        ...

    async def pin(
        self,
        user_id: UserId,
        message_id: MessageId,
        *,
        is_pinned: bool,
        is_moderator: bool,
        key: str | None,
        fingerprint: bytes,
    ) -> MessagePinned | None:
        """Pin a message or take the pin away: the event of a change.

        Raises what ``react`` raises, ``MayNotPin`` and ``TooManyPins``.
        """
        ...

    async def reactors(
        self, message: Message, *, viewer: UserId, emoji: str | None, after: int, limit: int
    ) -> ReactorPage:
        """Who reacted, in the order of their ids, by the viewer's own rights."""
        ...

    async def emoji_totals(
        self, conversation_id: ConversationId, *, viewer: UserId, limit: int
    ) -> Sequence[EmojiTotal]:
        """The emoji that a conversation has most of, by the viewer's own rights."""
        ...

    async def pins(self, conversation_id: ConversationId, *, viewer: UserId) -> Sequence[Pin]:
        """What is pinned, the latest first, by the viewer's own rights."""
        ...

    async def emojis_of(
        self, conversation_id: ConversationId, revs: Collection[Rev]
    ) -> Mapping[Rev, str]:
        """Which emoji the numbered changes were about."""
        ...
