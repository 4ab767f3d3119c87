"""What happened to notices; announced after its commit."""

from __future__ import annotations

from causerie.foundation.events import Event
from causerie.foundation.identity import UserId
from causerie.notifications.model import Notice, Said


class NotificationRaised(Event, frozen=True, gc=False):
    """A user is told of something: a mention, a direct message, or what was asked for."""

    notice: Notice
    said: Said | None

    @property
    def user_id(self) -> UserId:
        """Who is told."""
        return self.notice.user_id
