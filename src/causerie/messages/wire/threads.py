"""How threads look outside, and what a message said before."""

from __future__ import annotations

import msgspec

from causerie.conversations import wire_id
from causerie.foundation.clock import rfc3339
from causerie.gateway.vocabulary import event_payload
from causerie.messages.events import ThreadAttended, ThreadRead, ThreadUpdated
from causerie.messages.model import Attention, EditPage, Thread, ThreadPage
from causerie.messages.wire.messages import WireId, WireMessage, WireSender, message_out


class WireThread(msgspec.Struct, frozen=True, gc=False):
    """A thread as the one who asks has it; ``attention`` is what they want to be told of it.

    ``last_reply_seq`` is 0 where nobody has answered; it is what ``before`` takes.
    """

    message: WireMessage
    last_reply_seq: int
    attention: Attention


class WireThreads(msgspec.Struct, frozen=True, gc=False):
    """Threads, the one that was answered last first."""

    items: list[WireThread]
    has_more: bool


class WireThreadUpdated(msgspec.Struct, frozen=True, gc=False):
    """The event ``thread_updated``; ``message_id`` is the first message of the thread."""

    message_id: int
    conversation_id: str
    reply_count: int
    last_reply_at: str | None
    rev: int


class WireThreadAttended(msgspec.Struct, frozen=True, gc=False):
    """The event ``thread_attended``, for the sockets of the user who chose."""

    message_id: int
    conversation_id: str
    attention: Attention


class WireThreadPosition(msgspec.Struct, frozen=True, gc=False):
    """How far one has read a thread."""

    read_seq: int
    unread: int


class WireThreadRead(msgspec.Struct, frozen=True, gc=False):
    """How far one has read a thread: the answer, and the event ``thread_read`` to one's own sockets.

    ``unread`` answers of others lie behind it and behind what was read of the conversation.
    """

    message_id: int
    conversation_id: str
    seq: int
    unread: int


class WireEdit(msgspec.Struct, frozen=True, gc=False):
    """What a message said until this edit, or until its deletion, and who made it and when."""

    rev: int
    content: str
    editor: WireSender
    edited_at: str


class WireEdits(msgspec.Struct, frozen=True, gc=False):
    """Edits of a message, the first one first."""

    items: list[WireEdit]
    has_more: bool


class PutAttention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``PUT /api/v2/messages/{id}/thread``."""

    attention: Attention


class PostThreadRead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/v2/messages/{id}/thread/read``."""

    seq: WireId


# --- what the server says --------------------------------------------------------------------------


def thread_out(thread: Thread) -> WireThread:
    """Show a thread; who never had to do with it is told of what names them, and of no more."""
    attention = thread.attention or Attention.NONE
    return WireThread(message_out(thread.message), thread.last_reply_seq, attention)


def threads_out(page: ThreadPage) -> WireThreads:
    """Show a page of threads."""
    return WireThreads([thread_out(thread) for thread in page.items], page.has_more)


def edits_out(page: EditPage) -> WireEdits:
    """Show a page of edits."""
    return WireEdits(
        [
            WireEdit(
                edit.rev,
                edit.content,
                WireSender(edit.editor_id, edit.editor_name),
                rfc3339(edit.edited_at),
            )
            for edit in page.items
        ],
        page.has_more,
    )


def thread_payload(event: ThreadUpdated) -> bytes:
    """The v2 event ``thread_updated``."""
    conversation = wire_id(event.kind, event.conversation_id)
    last_reply_at = rfc3339(event.last_reply_at) if event.last_reply_at else None
    shown = WireThreadUpdated(
        event.message_id, conversation, event.reply_count, last_reply_at, event.rev
    )
    return event_payload("thread_updated", shown)


def attended_payload(event: ThreadAttended) -> bytes:
    """The v2 event ``thread_attended``, for the user's own sockets."""
    conversation = wire_id(event.kind, event.conversation_id)
    shown = WireThreadAttended(event.message_id, conversation, event.attention)
    return event_payload("thread_attended", shown)


def thread_read_payload(event: ThreadRead) -> bytes:
    """The v2 event ``thread_read``, for the user's own sockets."""
    conversation = wire_id(event.kind, event.conversation_id)
    shown = WireThreadRead(event.message_id, conversation, event.seq, event.unread)
    return event_payload("thread_read", shown)
