"""Messages that are to be sent later, and what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

import msgspec

from causerie.conversations import Kind
from causerie.files import FileId
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.messages.model.messages import MessageType

ScheduledId = NewType("ScheduledId", int)

MAX_SCHEDULED_PER_USER = 100  # One list on a screen, and one answer; those that were refused count.
# The sender has so long after it was to go, if it is refused, to see it and send it otherwise.
KEEP_FILES = timedelta(days=7)
MAX_AHEAD = timedelta(days=366)  # A birthday's wishes for next year.


class ScheduledState(StrEnum):
    """Where a message to be sent later stands."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"  # When it was to go its sender might not send it.
    CANCELLED = "cancelled"


class Scheduled(msgspec.Struct, frozen=True, gc=False):
    """A message to be sent at ``send_at``.

    The content is kept while it waits, and where it was refused; ``code`` and ``reason`` say why, in
    the words of an error. ``message_id`` is of what was sent.
    """

    id: ScheduledId
    conversation_id: ConversationId
    kind: Kind
    sender_id: UserId
    message_type: MessageType
    content: str
    parent_id: MessageId | None
    send_at: datetime
    state: ScheduledState
    message_id: MessageId | None
    code: str | None
    reason: str | None
    created_at: datetime
    file_ids: tuple[FileId, ...] = ()


class NewScheduled(msgspec.Struct, frozen=True, gc=False):
    """A message to be sent later that is not stored yet; every field has passed its rule."""

    conversation_id: ConversationId
    kind: Kind
    sender_id: UserId
    message_type: MessageType
    content: str
    parent_id: MessageId | None
    send_at: datetime
    file_ids: tuple[FileId, ...] = ()


class Due(msgspec.Struct, frozen=True, gc=False):
    """A message whose time has come. ``key`` is what it is known by, for good.

    ``is_scheduled``: by its sender, as ``scheduled`` shows it; else the server's own word.
    """

    key: str
    is_scheduled: bool
    scheduled: Scheduled


def require_send_at(send_at: datetime, *, now: datetime) -> datetime:
    """Give the moment in whole milliseconds. Raises ``Invalid`` in the past or too far ahead."""
    if send_at <= now:
        raise Invalid("send_at", "Must lie in the future")
    if send_at > now + MAX_AHEAD:
        raise Invalid("send_at", f"Must be at most {MAX_AHEAD.days} days ahead")
    return send_at.replace(microsecond=send_at.microsecond // 1000 * 1000)
