"""Where messages are kept."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

import msgspec

from causerie.conversations import MemberRole
from causerie.foundation.events import Event
from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.messages.events import ThreadUpdated
from causerie.messages.model import EditPage, Message, Page


class Found(msgspec.Struct, frozen=True, gc=False):
    """A message and what the one who asks is in its conversation; None: not a member."""

    message: Message
    role: MemberRole | None
    is_archived: bool


class Changed(msgspec.Struct, frozen=True, gc=False):
    """What became of a change: the message as it is now, and what to tell; nothing for a replay."""

    message: Message
    facts: tuple[Event, ...] = ()


class MessageStore(Protocol):
    """The tables of messages. All methods raise ``Unavailable`` where the database is away."""

    async def page(
        self,
        conversation_id: ConversationId,
        *,
        viewer: UserId,
        before: int | None,
        after: int | None,
        limit: int,
        root: MessageId | None = None,
    ) -> Page:
        """What the range holds now; the newest page where neither bound is given.

        ``root``: only the answers in its thread. By the viewer's own rights: who is not in the
        conversation gets nothing.
        """
        ...

    async def find(self, message_id: MessageId, *, viewer: UserId) -> Found | None:
        """A message by its id alone."""
        ...

    async def knows_key(self, user_id: UserId, key: str) -> bool:
        """Say whether the user has made a write under this key."""
        ...

    def edit(
        self, found: Found, *, editor: UserId, content: str, key: str | None, fingerprint: bytes
    ) -> Coroutine[Any, Any, Changed]:
        """Replace the content, once per key: ``MessageEdited``, or nothing to tell for a replay.

        Raises ``MessageDeleted`` (the refusal) and ``Conflict``.
        """
        ...

    def delete(
        self, found: Found, *, editor: UserId, key: str | None, fingerprint: bytes
    ) -> Coroutine[Any, Any, Changed]:
        """Make a tombstone, once: ``MessageDeleted``, and ``ThreadUpdated`` where it was in one.

        Nothing is told where it was a tombstone already.
        """
        ...

    async def as_seen(
        self, messages: Sequence[Message], viewers: Sequence[UserId]
    ) -> list[Message]:
        """Each message as the viewer beside it sees it: with whether a reaction is theirs."""
        ...

    async def messages_between(
        self, conversation_id: ConversationId, *, after: int, upto: int, limit: int
    ) -> Sequence[Message]:
        """Messages with ``after < seq <= upto``, in order."""
        ...

    async def by_ids(self, ids: Sequence[int]) -> dict[int, Message]:
        """Messages by id; those that do not exist are left out."""
        ...

    async def threads_now(self, roots: Sequence[MessageId]) -> Sequence[ThreadUpdated]:
        """The latest change of each of these threads, with the state of now."""
        ...

    async def edits(
        self, message_id: MessageId, *, viewer: UserId | None, after: int, limit: int
    ) -> EditPage:
        """What a message said before; by the viewer's own rights, None: by the service's."""
        ...
