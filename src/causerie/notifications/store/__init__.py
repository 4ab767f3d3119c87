"""The tables of notifications."""

from causerie.notifications.store.notices import StoredNotices
from causerie.notifications.store.wishes import StoredWishes

__all__ = ["StoredNotices", "StoredWishes"]
