"""What a user is kept from: speaking, or coming in at all."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from causerie.foundation.identity import UserId

# Not PostgreSQL's infinity, which its driver gives without a time zone.
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


class Notice(msgspec.Struct, frozen=True, gc=False):
    """What a user is told of a sanction: in force from now on, or lifted.

    ``until`` is None for what has no end, and for what never lasted (a warning, a kick).
    ``conversation_id`` is the wire's, where it is about one conversation.
    """

    kind: str
    reason: str = ""
    id: int | None = None
    active: bool = True
    until: datetime | None = None
    conversation_id: str | None = None


class Restriction(msgspec.Struct, frozen=True, gc=False):
    """How long a user is muted and banned, as of a change; later changes have a higher version.

    None is not at all, ``FOREVER`` for good.
    """

    user_id: UserId
    muted_until: datetime | None
    banned_until: datetime | None
    notice: Notice
    version: int

    def is_banned(self, at: datetime) -> bool:
        """Say whether the ban has not ended."""
        return self.banned_until is not None and self.banned_until > at

    def is_muted(self, at: datetime) -> bool:
        """Say whether the mute has not ended."""
        return self.muted_until is not None and self.muted_until > at
