"""Where is kept what users have of threads."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.messages.model import Attention, Message, Thread, ThreadPage, ThreadReading


class ThreadStore(Protocol):
    """Threads as users have them. All methods raise ``Unavailable`` where the database is away."""

    async def threads(
        self,
        conversation_id: ConversationId,
        *,
        viewer: UserId,
        before: int | None,
        limit: int,
        only_followed: bool,
    ) -> ThreadPage:
        """Threads whose last answer has a lower ``seq``, by the viewer's own rights."""
        ...

    async def find_thread(self, root: MessageId, *, viewer: UserId) -> Thread | None:
        """The thread that begins with a message, whether or not anybody has answered."""
        ...

    def attend(
        self,
        root: Message,
        *,
        viewer: UserId,
        attention: Attention,
        key: str | None,
        fingerprint: bytes,
    ) -> Coroutine[Any, Any, bool]:
        """Keep what a user wants of a thread, once per key. False: a replay, nothing was changed.

        Raises ``Conflict``.
        """
        ...

    async def read(
        self, root: Message, *, viewer: UserId, seq: int, key: str | None, fingerprint: bytes
    ) -> ThreadReading:
        """Move a position in a thread forward, once per key; a replay gives what is so now.

        Raises ``Conflict``.
        """
        ...
