"""Where messages wait until their time has come."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.messages.model import Due, NewScheduled, Scheduled, ScheduledId


class DueMessages(Protocol):
    """Messages whose time has come, kept from every other process until the transaction's end."""

    @property
    def items(self) -> Sequence[Due]:
        """The earliest first."""
        ...

    async def sent(self, due: Due, message_id: MessageId) -> Scheduled:
        """Keep that it was sent, and as what."""
        ...

    async def refused(self, due: Due, *, code: str, reason: str) -> Scheduled:
        """Keep that it may not be sent, and why."""
        ...


class ScheduleStore(Protocol):
    """Messages to be sent later. All methods raise ``Unavailable`` where the database is away."""

    async def create(
        self, new: NewScheduled, *, key: str | None, fingerprint: bytes
    ) -> tuple[Scheduled, bool]:
        """Keep a message to be sent later, once per key; and whether it is new.

        Raises ``TooManyScheduled`` and ``Conflict``.
        """
        ...

    async def change(
        self,
        scheduled_id: ScheduledId,
        sender: UserId,
        *,
        content: str | None,
        send_at: datetime | None,
        key: str | None,
        fingerprint: bytes,
    ) -> tuple[Scheduled, bool]:
        """Change what waits, once per key; and whether anything was changed.

        Raises ``ScheduledNotFound``, ``ScheduledIsOver`` and ``Conflict``.
        """
        ...

    async def cancel(
        self, scheduled_id: ScheduledId, sender: UserId, *, key: str | None, fingerprint: bytes
    ) -> tuple[Scheduled, bool]:
        """Cancel what waits, or put away what was refused; and whether it was not already.

        Raises what ``change`` raises.
        """
        ...

    async def find(self, scheduled_id: ScheduledId, *, viewer: UserId) -> Scheduled | None:
        """One of the viewer's, by the viewer's own rights."""
        ...

    async def list_of(
        self, viewer: UserId, *, conversation_id: ConversationId | None
    ) -> Sequence[Scheduled]:
        """What of the viewer's waits or was refused, the earliest first."""
        ...

    def due(self, *, limit: int) -> AbstractAsyncContextManager[DueMessages]:
        """Take messages whose time has come; committed on leaving."""
        ...

    async def next_due_seconds(self) -> float | None:
        """How long until the next one's time, 0 where it has come; None: none waits."""
        ...
