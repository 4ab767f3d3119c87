"""What people say about themselves beside their names."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from causerie.foundation.clock import rfc3339
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import UserId

MAX_STATUS_CHARACTERS = 128  # One line beneath a name.
MAX_STATUS_AHEAD = timedelta(days=366)  # "Back next summer"; what is for longer has no end.


class Profile(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The column ``profile``. ``status_until`` is RFC 3339 in UTC; ``avatar_id`` names a picture."""

    status_text: str | None = None
    status_until: str | None = None
    avatar_id: int | None = None

    def avatar_url(self, user_id: UserId) -> str | None:
        """Where the picture is got; it changes with the picture, so that caches do not err."""
        if self.avatar_id is None:
            return None
        return f"/api/v2/users/{user_id}/avatar?v={self.avatar_id}"


NO_PROFILE = Profile()


def read_profile(column: str | None) -> Profile:
    """Read the column; most are NULL."""
    return NO_PROFILE if column is None else msgspec.json.decode(column, type=Profile)


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """What of a profile is to be another; UNSET leaves it, a status of None takes it away."""

    display_name: str | msgspec.UnsetType = msgspec.UNSET
    status_text: str | msgspec.UnsetType | None = msgspec.UNSET
    status_until: datetime | msgspec.UnsetType | None = msgspec.UNSET

    def status_after(self, before: Profile) -> Profile:
        """What the profile is with this change. Raises ``Invalid``."""
        if self.status_text is msgspec.UNSET:
            if self.status_until is msgspec.UNSET:
                return before
            if before.status_text is None and self.status_until is not None:
                raise Invalid("status_until", "There is no status that could end")
            return msgspec.structs.replace(before, status_until=_shown(self.status_until))
        # A new status has an end only where one is named with it.
        until = None if self.status_until is msgspec.UNSET else self.status_until
        if not self.status_text and until is not None:
            raise Invalid("status_until", "There is no status that could end")
        return Profile(self.status_text or None, _shown(until), before.avatar_id)


def require_status_text(text: str) -> str:
    """Give the text back. Raises ``Invalid`` where it is too long or has control codes."""
    if len(text) > MAX_STATUS_CHARACTERS or not text.isprintable() or (text and not text.strip()):
        raise Invalid(
            "status_text", f"Must be at most {MAX_STATUS_CHARACTERS} printable characters"
        )
    return text


def require_status_until(until: datetime, *, now: datetime) -> datetime:
    """Give the moment back. Raises ``Invalid`` where it is over, or too far."""
    if not now < until <= now + MAX_STATUS_AHEAD:
        raise Invalid("status_until", "Must lie ahead, within a year")
    return until


def _shown(until: datetime | None) -> str | None:
    return None if until is None else rfc3339(until)
