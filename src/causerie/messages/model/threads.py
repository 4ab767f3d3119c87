"""Threads as users have them, and what a message said before."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from causerie.foundation.identity import Rev, Seq, UserId
from causerie.foundation.paging import require_bound, require_limit
from causerie.messages.model.messages import Message

MAX_PAGE_THREADS = 100  # One screen shows ten.
DEFAULT_PAGE_THREADS = 30
MAX_PAGE_EDITS = 100  # 400 KB of the longest messages.
DEFAULT_PAGE_EDITS = 50


class Attention(StrEnum):
    """What a user wants to be told of a thread.

    ``FOLLOWING``: each answer. ``NONE``: only what names them. ``MUTED``: not even that.
    """

    FOLLOWING = "following"
    NONE = "none"
    MUTED = "muted"


class Thread(msgspec.Struct, frozen=True, gc=False):
    """A thread as one user has it: the message that it begins with, and what the user wants of it.

    ``last_reply_seq`` is that of the last answer which is not deleted, 0 where there is none.
    ``attention`` is None for one who never had to do with it.
    """

    message: Message
    last_reply_seq: Seq
    attention: Attention | None


class ThreadPage(msgspec.Struct, frozen=True, gc=False):
    """Threads, the one that was answered last first; ``has_more``: others were answered earlier."""

    items: tuple[Thread, ...]
    has_more: bool


class Edit(msgspec.Struct, frozen=True, gc=False):
    """What a message said until an edit, or until its deletion, and who made that and when."""

    rev: Rev
    content: str
    editor_id: UserId
    editor_name: str
    edited_at: datetime


class EditPage(msgspec.Struct, frozen=True, gc=False):
    """Edits of a message, the first one first; ``has_more``: later ones follow."""

    items: tuple[Edit, ...]
    has_more: bool


class ThreadReading(msgspec.Struct, frozen=True, gc=False):
    """How far a user has read a thread, and how many answers of others are unread behind it."""

    seq: Seq
    unread: int
    has_moved: bool


def require_edits_page(after: int, limit: int) -> None:
    """Check what a page of edits is asked by. Raises ``Invalid``."""
    require_bound("after", after, least=0)
    require_limit(limit, MAX_PAGE_EDITS)


def require_threads_page(before: int | None, limit: int) -> None:
    """Check what a page of threads is asked by. Raises ``Invalid``."""
    require_bound("before", before)
    require_limit(limit, MAX_PAGE_THREADS)
