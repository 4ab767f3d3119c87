"""What users are told, on which devices, and when they want their peace."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum

import msgspec

from causerie.foundation.errors import Invalid, TooLarge
from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.foundation.jobs import Retries

MAX_SUBSCRIPTIONS_PER_USER = 20  # Browsers of one person.
MAX_TOLD_MEMBERS = 10_000  # Of one room at once; a larger one has no @room.
MAX_PREVIEW_CHARS = 160  # Two lines on a phone.
MAX_DEVICE_CHARS = 100
PUBLISH = "notifications.publish"  # The permission; accounts' catalogue has it by the same name.
KEEP_DAYS = 90
PUSH_JOB = "push"
DIGEST_JOB = "digest"
PUSH_DELAY_SECONDS = 3.0  # Who looks has read it by then.
PUSH_TTL_SECONDS = 24 * 3600  # A day later it is no news.
VAPID_SECONDS = 12 * 3600  # RFC 8292 §2: 24 hours at most; half of it, for clocks that are off.
PUSH_RETRIES = Retries(attempts=8, first_seconds=10, longest_seconds=3600)
DIGEST_RETRIES = Retries(attempts=6, first_seconds=30, longest_seconds=3600)


class NoticeKind(StrEnum):
    """What a notice is about."""

    MENTION = "mention"
    DIRECT = "direct"
    REPLY = "reply"  # in a thread that the user follows
    MESSAGE = "message"  # in a room of which the user wants to hear everything
    WEBHOOK_OFF = "webhook_off"
    REPORT_DECIDED = "report_decided"
    SERVICE = "service"  # what another service says


class Level(StrEnum):
    """Of what of a conversation a user is told."""

    ALL = "all"
    MENTIONS = "mentions"
    NONE = "none"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a user was told. ``words`` where it is about no message."""

    id: int
    user_id: UserId
    kind: NoticeKind
    conversation_id: ConversationId | None = None
    seq: int | None = None
    message_id: MessageId | None = None
    root_id: MessageId | None = None  # the thread that the message is in
    actor_id: UserId | None = None
    words: str | None = None
    created_at: datetime
    read_at: datetime | None = None


class Attention(msgspec.Struct, frozen=True):
    """What a user wants of one conversation; ``level`` None: all of a direct chat, else mentions."""

    level: Level | None = None
    muted_until: datetime | None = None


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """When a user wants no pushes, by the clock of a zone, and whether letters are wanted."""

    quiet_from: time | None = None
    quiet_to: time | None = None
    time_zone: str = "UTC"
    digest: bool = True


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that can be told, as the Push API describes it."""

    id: int
    user_id: UserId
    endpoint: str
    p256dh: str
    auth: str
    device: str
    created_at: datetime


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A message as far as a notice needs it: what it says without the marks of Markdown.

    ``place`` is what the wire calls its conversation, ``root_id`` the thread that it is in.
    """

    id: MessageId
    conversation_id: ConversationId
    place: str
    seq: int
    root_id: MessageId | None = None
    sender_id: UserId
    sender_name: str
    content: str
    created_at: datetime
    is_deleted: bool
    is_direct: bool


class PushOrder(msgspec.Struct, frozen=True):
    """A notice for one device."""

    notice_id: int
    subscription_id: int


class DigestOrder(msgspec.Struct, frozen=True):
    """A letter about notices; ``token`` stands in it, to unsubscribe by."""

    user_id: UserId
    notice_ids: list[int]
    token: str


def preview(content: str) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(content.split())
    return line if len(line) <= MAX_PREVIEW_CHARS else line[: MAX_PREVIEW_CHARS - 1] + "…"


def require_words(words: str) -> str:
    """Give back what a service says. Raises ``Invalid``, or ``TooLarge`` past two lines on a phone."""
    if len(words) > MAX_PREVIEW_CHARS:
        raise TooLarge(
            f"A notification has at most {MAX_PREVIEW_CHARS} characters",
            limit=MAX_PREVIEW_CHARS,
            actual=len(words),
        )
    if not words.strip() or not words.isprintable():
        raise Invalid("text", "Must be one line of printable characters")
    return words


def read_time(text: str | None, *, field: str) -> time | None:
    """Read ``HH:MM``. Raises ``Invalid``."""
    if text is None:
        return None
    hours, colon, minutes = text.partition(":")
    digits = hours + minutes
    is_written = colon and len(hours) == len(minutes) == 2 and digits.isascii() and digits.isdigit()
    if not is_written or int(hours) > 23 or int(minutes) > 59:
        raise Invalid(field, "Must be a time such as 22:30")
    return time(int(hours), int(minutes))
