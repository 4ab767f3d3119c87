"""Notifications: who is told of what, where, and when not."""

from causerie.notifications.errors import (
    LetterNotFound,
    SubscriptionNotFound,
    TooManySubscriptions,
)
from causerie.notifications.events import NotificationRaised
from causerie.notifications.model import (
    Attention,
    Level,
    Notice,
    NoticeKind,
    Preferences,
    Said,
    Subscription,
)
from causerie.notifications.ports import People, Postbox, Presence, Sender, Speech, Watching
from causerie.notifications.service import (
    Digests,
    Noticer,
    NotificationDesk,
    Publisher,
    Pusher,
)

__all__ = [
    "Attention",
    "Digests",
    "LetterNotFound",
    "Level",
    "Notice",
    "NoticeKind",
    "Noticer",
    "NotificationDesk",
    "NotificationRaised",
    "People",
    "Postbox",
    "Preferences",
    "Presence",
    "Publisher",
    "Pusher",
    "Said",
    "Sender",
    "Speech",
    "Subscription",
    "SubscriptionNotFound",
    "TooManySubscriptions",
    "Watching",
]
