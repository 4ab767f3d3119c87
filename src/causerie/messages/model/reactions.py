"""Reactions and pins: their bounds, and what is told of them beside the message."""

from __future__ import annotations

from datetime import datetime

import msgspec

from causerie.foundation.identity import UserId
from causerie.foundation.paging import require_bound, require_limit
from causerie.messages.model.messages import Message

MAX_EMOJIS_PER_MESSAGE = (
    20  # Two lines below a message on a telephone; each is some 40 bytes on it.
)
MAX_PINS_PER_CONVERSATION = 50  # What somebody looks through; the list is one answer.
MAX_REACTORS_PER_PAGE = 1000
DEFAULT_REACTORS_PER_PAGE = 100
MAX_EMOJI_TOTALS = 100
DEFAULT_EMOJI_TOTALS = 20


class Reactor(msgspec.Struct, frozen=True, gc=False):
    """A user and what they reacted with, the first first."""

    user_id: UserId
    username: str
    emojis: tuple[str, ...]


class ReactorPage(msgspec.Struct, frozen=True, gc=False):
    """Who reacted, in the order of their ids; ``has_more`` says whether others follow."""

    items: tuple[Reactor, ...]
    has_more: bool


class EmojiTotal(msgspec.Struct, frozen=True, gc=False):
    """How often an emoji stands in a conversation now."""

    emoji: str
    count: int


class Pin(msgspec.Struct, frozen=True, gc=False):
    """A pinned message, as one user sees it."""

    message: Message
    pinned_at: datetime
    pinned_by: UserId


def require_reactors_page(after: int | None, limit: int) -> None:
    """Check what a page of reactors is asked by. Raises ``Invalid``."""
    require_bound("after", after, least=0)
    require_limit(limit, MAX_REACTORS_PER_PAGE)


def require_totals_limit(limit: int) -> None:
    """Check how many totals are asked for. Raises ``Invalid``."""
    require_limit(limit, MAX_EMOJI_TOTALS)
