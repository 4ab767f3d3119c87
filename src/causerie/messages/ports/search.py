"""Where messages are found by their words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import msgspec

from causerie.foundation.identity import ConversationId, UserId
from causerie.messages.model import Message, Search


class SearchIndex(Protocol):
    """The index of words, which follows behind the messages."""

    async def behind(self, *, limit: int) -> Sequence[ConversationId]:
        """Conversations with messages that are not indexed yet."""
        ...

    async def index_some(
        self, conversation_ids: Sequence[ConversationId], *, limit: int
    ) -> tuple[int, Sequence[ConversationId]]:
        """Index some messages of these, in order: how many, and which conversations may have more."""
        ...


class Asked(msgspec.Struct, frozen=True):
    """A search whose names were looked up; None: in all of the reader's conversations."""

    search: Search
    senders: Sequence[UserId]
    not_senders: Sequence[UserId]
    conversations: Sequence[ConversationId] | None
    not_conversations: Sequence[ConversationId]


class SearchStore(Protocol):
    """What was said, by its words. All methods raise ``Unavailable`` where the database is away."""

    async def find(self, asked: Asked, *, viewer: UserId, limit: int) -> Sequence[Message]:
        """The best matches in the viewer's conversations, the best first, as the viewer sees them."""
        ...

    async def words_found(self, words: Sequence[str], terms: Sequence[str]) -> Collection[str]:
        """Those of the words that one of the terms finds."""
        ...

    async def places_of(
        self, viewer: UserId, *, names: Sequence[str], peers: Sequence[UserId]
    ) -> Sequence[ConversationId]:
        """The viewer's rooms of these names, and direct chats with these people."""
        ...
