"""What happened to messages; each is announced after its commit."""

from __future__ import annotations

from datetime import datetime

from causerie.conversations import Kind
from causerie.foundation.events import Event
from causerie.foundation.identity import ConversationId, MessageId, Rev, Seq, UserId
from causerie.messages.model import Attention, Message, Scheduled


class MessageSent(Event, frozen=True, gc=False):
    """A message was sent, and has its place in its conversation: what a reader is told of it."""

    message: Message


class MessagesSent(Event, frozen=True, gc=False):
    """What one commit brought to one conversation: consecutive ``seq``, in order, at least one."""

    conversation_id: ConversationId
    messages: tuple[Message, ...]


class MessageEdited(Event, frozen=True, gc=False):
    """The content is another one. ``after_seq`` as in the events of conversations."""

    message: Message
    rev: Rev
    after_seq: Seq
    editor_id: UserId


class MessageDeleted(Event, frozen=True, gc=False):
    """The message is a tombstone from here on."""

    message: Message
    rev: Rev
    after_seq: Seq
    editor_id: UserId


class ReactionChange(Event, frozen=True, gc=False):
    """A user's reaction came or went; ``count`` is how many reacted with the emoji after it."""

    message_id: MessageId
    conversation_id: ConversationId
    kind: Kind
    emoji: str
    count: int
    user_id: UserId
    rev: Rev
    after_seq: Seq


class ReactionAdded(ReactionChange, frozen=True, gc=False):
    """Somebody reacted."""


class ReactionRemoved(ReactionChange, frozen=True, gc=False):
    """Somebody took a reaction back."""


class MessagePinned(Event, frozen=True, gc=False):
    """A message was pinned, or the pin taken away."""

    message_id: MessageId
    conversation_id: ConversationId
    kind: Kind
    pinned: bool
    user_id: UserId
    rev: Rev
    after_seq: Seq


class ThreadUpdated(Event, frozen=True, gc=False):
    """Answers in a thread came or were deleted; ``message_id`` is the first message of it."""

    message_id: MessageId
    conversation_id: ConversationId
    kind: Kind
    reply_count: int
    last_reply_at: datetime | None
    rev: Rev
    after_seq: Seq


class ThreadAttended(Event, frozen=True, gc=False):
    """A user follows or mutes a thread from here on, or does so no longer: for the user's sockets."""

    message_id: MessageId
    conversation_id: ConversationId
    kind: Kind
    user_id: UserId
    attention: Attention


class ThreadRead(Event, frozen=True, gc=False):
    """A user has read a thread so far, by itself: for the user's sockets."""

    message_id: MessageId
    conversation_id: ConversationId
    kind: Kind
    user_id: UserId
    seq: Seq
    unread: int


def thread_updated(root: Message, *, rev: Rev, after_seq: Seq) -> ThreadUpdated:
    """Say what a thread is like, by its first message as it is now."""
    return ThreadUpdated(
        root.id,
        root.conversation_id,
        root.kind,
        root.reply_count,
        root.last_reply_at,
        rev,
        after_seq,
    )


class ScheduledChanged(Event, frozen=True, gc=False):
    """A message to be sent later was made, changed, sent, refused or cancelled."""

    scheduled: Scheduled
