"""Messages, drafts of them, and pages of history."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from causerie.conversations import Kind
from causerie.files import Attached, FileId
from causerie.foundation.errors import Invalid, TooLarge
from causerie.foundation.identity import ConversationId, MessageId, Seq, UserId
from causerie.foundation.paging import require_bound, require_limit

MAX_KEY_CHARS = 128  # PROTOCOL, Idempotency
SERVER_KEY_MARK = "\x01"  # Keys of the server's own begin with it: no client may give such a key.
MAX_PAGE_MESSAGES = 1000  # PROTOCOL, history
DEFAULT_PAGE_MESSAGES = 50
MAX_MISSED_MESSAGES = 1000  # PROTOCOL, subscribe: who missed more reads the history instead


class MessageType(StrEnum):
    """What the content is. ``system`` is the server's own."""

    TEXT = "text"
    FILE = "file"
    SYSTEM = "system"


class ChangeKind(StrEnum):
    """The numbered changes that are about a message."""

    EDITED = "message_edited"
    DELETED = "message_deleted"
    PINNED = "message_pinned"
    REACTION_ADDED = "reaction_added"
    REACTION_REMOVED = "reaction_removed"
    THREAD = "thread_updated"
    FILES = "message_files"  # of them became clean, were refused or removed


class Audience(StrEnum):
    """Who is called where a message calls not by name: those who are here, or the whole room."""

    HERE = "here"
    ROOM = "room"


class Reaction(msgspec.Struct, frozen=True, gc=False):
    """How many users reacted to a message with an emoji.

    ``me``: whether the one who looks is among them; None where it is for all who look.
    """

    emoji: str
    count: int
    me: bool | None = None


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message of a conversation, as it is now.

    A deleted one has no content, no mentions, no reactions and no pin; its thread stays.
    ``parent_id`` is the first message of the thread that this one is in; ``reply_count``,
    ``last_reply_at`` and ``participants`` are of the thread that begins with this one. ``mentions``
    are members that the content names, and all of a small conversation where it calls ``audience``.
    """

    id: MessageId
    conversation_id: ConversationId
    kind: Kind
    seq: Seq
    sender_id: UserId
    sender_name: str
    message_type: MessageType
    content: str
    client_id: str | None
    created_at: datetime
    edited_at: datetime | None = None
    deleted: bool = False
    parent_id: MessageId | None = None
    reply_count: int = 0
    last_reply_at: datetime | None = None
    participants: tuple[UserId, ...] = ()
    mentions: tuple[UserId, ...] = ()
    audience: Audience | None = None
    reactions: tuple[Reaction, ...] = ()
    pinned: bool = False
    files: tuple[Attached, ...] = ()


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A message that is not stored yet.

    ``client_id`` makes the send happen once, however often the client repeats it; ``fingerprint``
    tells a repetition from another send under the same key, and is empty where there is none.
    ``parent_id`` is what is answered to: any message of the thread. ``file_ids`` are the sender's own,
    which are in no message yet.
    """

    conversation_id: ConversationId
    kind: Kind
    sender_id: UserId
    sender_name: str
    message_type: MessageType
    content: str
    client_id: str | None
    fingerprint: bytes
    parent_id: MessageId | None = None
    file_ids: tuple[FileId, ...] = ()


class Sent(msgspec.Struct, frozen=True, gc=False):
    """What a send came to; not new: the key was used for the same send before."""

    message: Message
    is_new: bool


class Page(msgspec.Struct, frozen=True, gc=False):
    """A stretch of history, oldest first; ``has_more``: more lies further in the asked direction."""

    items: tuple[Message, ...]
    has_more: bool


def require_content(content: str, *, limit: int) -> None:
    """Check a text before it becomes a message. Length counts in Unicode code points.

    Raises ``TooLarge``, or ``Invalid`` where there is nothing in it or PostgreSQL cannot store it.
    ``limit`` 0 means no limit.
    """
    if limit and len(content) > limit:
        raise TooLarge(
            f"A message has at most {limit} characters", limit=limit, actual=len(content)
        )
    if not content or content.isspace():
        raise Invalid("content", "Must not be empty or only white space")
    if "\x00" in content:
        raise Invalid("content", "Must not contain the character NUL")


def require_key(client_id: str) -> None:
    """Check a client's key. Raises ``Invalid``."""
    if not (
        1 <= len(client_id) <= MAX_KEY_CHARS and client_id.isascii() and client_id.isprintable()
    ):
        raise Invalid("client_id", f"Must be 1 to {MAX_KEY_CHARS} printable ASCII characters")


def shown_key(client_id: str | None) -> str | None:
    """The key as readers see it: those of the server's own are not shown."""
    return None if client_id is None or client_id[:1] == SERVER_KEY_MARK else client_id


def require_page(before: int | None, after: int | None, limit: int) -> None:
    """Check what a page is asked by. Raises ``Invalid``."""
    if before is not None and after is not None:
        raise Invalid("before", "Either before or after, not both")
    require_bound("before", before)
    require_bound("after", after, least=0)  # 0: from the first message on
    require_limit(limit, MAX_PAGE_MESSAGES)
