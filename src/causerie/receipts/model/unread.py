"""What somebody has not read, as the server counts it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from causerie.conversations import Kind
from causerie.foundation.identity import ConversationId, MessageId, Seq, UserId


class Position(msgspec.Struct, frozen=True, gc=False):
    """How far a user has read a conversation, and how far it goes: all between is unread."""

    user_id: UserId
    conversation_id: ConversationId
    read_seq: Seq
    last_seq: Seq


class ThreadTally(msgspec.Struct, frozen=True, gc=False):
    """What is unread of a thread that one follows; ``root_id`` is its first message."""

    root_id: MessageId
    unread: int
    mentions: int


class Tally(msgspec.Struct, frozen=True, gc=False):
    """What messages count behind a read position."""

    mentions: int = 0
    threads: Sequence[ThreadTally] = ()


class Unread(msgspec.Struct, frozen=True, gc=False):
    """One conversation of which something is unread."""

    conversation_id: ConversationId
    kind: Kind
    read_seq: Seq
    last_seq: Seq
    tally: Tally

    @property
    def count(self) -> int:
        """How many messages are unread."""
        return self.last_seq - self.read_seq


class Recount(msgspec.Struct, frozen=True, gc=False):
    """One position counted once more: mentions and answers as they are shown, and as they are."""

    noted: int
    unread: int
    mentions: int
    shown_replies: int
    replies: int


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """How far somebody has read, as far as others may know."""

    user_id: UserId
    seq: Seq


class Receipts(msgspec.Struct, frozen=True, gc=False):
    """Who has read how far; ``is_listed``: the conversation is small enough to say."""

    items: Sequence[Receipt]
    is_listed: bool
