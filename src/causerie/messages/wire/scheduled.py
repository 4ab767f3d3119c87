"""How messages to be sent later look outside, and what clients send about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from causerie.conversations import wire_id
from causerie.foundation.clock import rfc3339
from causerie.messages.events import ScheduledChanged
from causerie.messages.model import MessageType, Scheduled, ScheduledState
from causerie.messages.wire.messages import FileIds, WireId

# RFC 3339 with its offset: a moment, not what a clock on some wall shows.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class WireRefusal(msgspec.Struct, frozen=True, gc=False):
    """Why a message was not sent, in the words of an error."""

    code: str
    message: str


class WireScheduled(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A message to be sent at ``send_at``.

    ``content`` is empty once it was sent (as ``message_id``) or cancelled; ``refusal`` says why it was
    not sent.
    """

    id: int
    conversation_id: str
    content: str
    message_type: MessageType
    parent_message_id: int | None
    send_at: str
    status: ScheduledState
    message_id: int | None
    refusal: WireRefusal | None
    created_at: str
    file_ids: tuple[int, ...]


class WireScheduledList(msgspec.Struct, frozen=True, gc=False):
    """What waits and what was refused, the earliest first: all of it."""

    items: tuple[WireScheduled, ...]


class PostScheduled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/v2/scheduled-messages``."""

    conversation_id: str
    content: str
    send_at: Moment
    client_id: str | None = None
    parent_message_id: WireId | None = None
    message_type: MessageType | None = MessageType.TEXT
    file_ids: FileIds = ()


class PatchScheduled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``PATCH /api/v2/scheduled-messages/{id}``; what is absent stays as it is."""

    content: str | None = None
    send_at: Moment | None = None
    client_id: str | None = None


def scheduled_out(scheduled: Scheduled) -> WireScheduled:
    """Show a message to be sent later."""
    return WireScheduled(
        id=scheduled.id,
        conversation_id=wire_id(scheduled.kind, scheduled.conversation_id),
        content=scheduled.content,
        message_type=scheduled.message_type,
        parent_message_id=scheduled.parent_id,
        send_at=rfc3339(scheduled.send_at),
        status=scheduled.state,
        message_id=scheduled.message_id,
        refusal=(
            None if scheduled.code is None else WireRefusal(scheduled.code, scheduled.reason or "")
        ),
        created_at=rfc3339(scheduled.created_at),
        file_ids=scheduled.file_ids,
    )


def scheduled_list_out(items: Sequence[Scheduled]) -> WireScheduledList:
    """Show what waits and what was refused."""
    return WireScheduledList(tuple(map(scheduled_out, items)))


def scheduled_payload(event: ScheduledChanged) -> bytes:
    """The v2 event ``scheduled_message``, for the sender's own sockets."""
    shown = msgspec.json.encode(scheduled_out(event.scheduled))
    return b'{"type":"scheduled_message","data":' + shown + b"}"
