"""What happened to messages; each is announced after its commit."""

from __future__ import annotations

from causerie.foundation.events import Event
from causerie.foundation.identity import ConversationId, Rev, Seq, UserId
from causerie.messages.model import Message


class MessageSent(Event, frozen=True, gc=False):
    """A message has its place in its conversation, as what a reader is told of it."""

    message: Message


class MessagesSent(Event, frozen=True, gc=False):
    """What one commit brought to one conversation: consecutive ``seq``, in order, at least one."""

    conversation_id: ConversationId
    messages: tuple[Message, ...]


class MessageEdited(Event, frozen=True, gc=False):
    """The content is another one; ``after_seq`` as in the events of conversations."""

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
