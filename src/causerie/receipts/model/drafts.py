"""What somebody has begun to write and not sent: one text a conversation, and one a thread."""

from __future__ import annotations

from datetime import datetime

import msgspec

from causerie.conversations import Kind
from causerie.foundation.errors import Invalid, TooLarge
from causerie.foundation.identity import ConversationId, MessageId

MAX_DRAFTS_PER_USER = 1000  # One list in one answer, some 4 MB at the very most.
NO_THREAD = MessageId(0)


class DraftPlace(msgspec.Struct, frozen=True, gc=False):
    """Where a draft belongs; ``root_id`` is the first message of a thread, or ``NO_THREAD``."""

    conversation_id: ConversationId
    root_id: MessageId = NO_THREAD


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A draft as it holds; an empty ``content`` is one that was sent or thrown away.

    ``written_at`` is when it was written, by the clock of the device: of two the later one holds.
    """

    kind: Kind
    place: DraftPlace
    content: str
    written_at: datetime


def require_draft(content: str, *, limit: int) -> str:
    """Give the text back. Raises ``TooLarge``, ``Invalid``; ``limit`` is in code points."""
    if len(content) > limit:
        raise TooLarge(f"A draft has {limit} characters at most", limit=limit, actual=len(content))
    # PostgreSQL stores neither, and msgspec lets both pass.
    if "\x00" in content or any("\ud800" <= c <= "\udfff" for c in content):
        raise Invalid("content", "Must not contain NUL or unpaired surrogates")
    return content
