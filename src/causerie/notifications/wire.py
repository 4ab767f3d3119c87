"""How notifications look outside, and what clients send about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from causerie.foundation.clock import rfc3339
from causerie.foundation.identity import MAX_ID
from causerie.gateway.vocabulary import event_payload
from causerie.notifications.events import NotificationRaised
from causerie.notifications.model import (
    Attention,
    Level,
    Notice,
    NoticeKind,
    Preferences,
    Said,
    Subscription,
    preview,
    read_time,
)

MAX_IDS = 1000  # By one call.
Id = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]


class WireNotification(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the user is told. ``text`` is the beginning of the message, as it is now."""

    id: int
    kind: NoticeKind
    conversation_id: str | None
    message_id: int | None
    parent_message_id: int | None
    seq: int | None
    sender_id: int | None
    sender: str | None
    text: str
    created_at: str
    read: bool


class WireNotifications(msgspec.Struct, frozen=True):
    """The newest first; ``unread`` counts all of them, 1,000 stands for more."""

    items: list[WireNotification]
    unread: int


class WireUnread(msgspec.Struct, frozen=True):
    """How many are left."""

    unread: int


class WireAttention(msgspec.Struct, frozen=True):
    """What the user wants of a conversation; ``level`` null: all of a direct chat, else mentions."""

    level: Level | None
    muted_until: str | None


class WirePreferences(msgspec.Struct, frozen=True):
    """Quiet hours (``HH:MM`` by the clock of the zone) without pushes, and letters when away."""

    quiet_from: str | None
    quiet_to: str | None
    time_zone: str
    email_digest: bool


class WirePushKey(msgspec.Struct, frozen=True):
    """What a browser subscribes with (``applicationServerKey``, base64url)."""

    public_key: str


class WireSubscription(msgspec.Struct, frozen=True):
    """A browser that is told; its keys are not shown again."""

    id: int
    endpoint: str
    device: str
    created_at: str


class WireSubscriptions(msgspec.Struct, frozen=True):
    """The user's browsers."""

    items: list[WireSubscription]


# --- what clients send -----------------------------------------------------------------------------


class PostNotificationsRead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/v2/notifications/read``: some by id, or all up to one."""

    ids: Annotated[list[Id], msgspec.Meta(max_length=MAX_IDS)] | None = None
    upto: Id | None = None


class PutAttention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``PUT /api/v2/conversations/{id}/notifications``."""

    level: Level | None = None
    muted_until: datetime | None = None


class PutPreferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``PUT /api/v2/notifications/preferences``."""

    quiet_from: str | None = None
    quiet_to: str | None = None
    time_zone: str = "UTC"
    email_digest: bool = True

    def preferences(self) -> Preferences:
        """As the service takes them. Raises ``Invalid``."""
        return Preferences(
            quiet_from=read_time(self.quiet_from, field="quiet_from"),
            quiet_to=read_time(self.quiet_to, field="quiet_to"),
            time_zone=self.time_zone,
            digest=self.email_digest,
        )


class PushKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the Push API's ``subscription.toJSON().keys`` holds."""

    p256dh: str
    auth: str


class PostSubscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/v2/push/subscriptions``: what the Push API's ``toJSON()`` gives."""

    endpoint: str
    keys: PushKeys
    expirationTime: float | None = None  # noqa: N815 - the Push API's name
    device: str = ""


# --- what the server says --------------------------------------------------------------------------


def notification_out(notice: Notice, said: Said | None) -> WireNotification:
    """Show a notice, with the message that it is about."""
    is_there = said is not None and not said.is_deleted
    return WireNotification(
        id=notice.id,
        kind=notice.kind,
        conversation_id=None if said is None else said.place,
        message_id=notice.message_id,
        parent_message_id=notice.root_id,
        seq=notice.seq,
        sender_id=notice.actor_id,
        sender=None if said is None else said.sender_name,
        text=preview(said.content) if said is not None and is_there else notice.words or "",
        created_at=rfc3339(notice.created_at),
        read=notice.read_at is not None,
    )


def attention_out(attention: Attention) -> WireAttention:
    """Show what a user wants of a conversation."""
    until = attention.muted_until
    return WireAttention(attention.level, None if until is None else rfc3339(until))


def preferences_out(preferences: Preferences) -> WirePreferences:
    """Show what a user wants of all."""
    start, end = preferences.quiet_from, preferences.quiet_to
    return WirePreferences(
        None if start is None else f"{start:%H:%M}",
        None if end is None else f"{end:%H:%M}",
        preferences.time_zone,
        preferences.digest,
    )


def subscription_out(subscription: Subscription) -> WireSubscription:
    """Show a browser to whom it belongs."""
    return WireSubscription(
        subscription.id,
        subscription.endpoint,
        subscription.device,
        rfc3339(subscription.created_at),
    )


def raised_payload(event: NotificationRaised) -> bytes:
    """The v2 event ``notification``."""
    return event_payload("notification", notification_out(event.notice, event.said))
