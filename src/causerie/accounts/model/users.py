"""A user, and the rules for names and e-mail addresses."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from causerie.accounts.model.profiles import NO_PROFILE, Profile
from causerie.foundation.clock import rfc3339
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import UserId

MAX_DISPLAY_NAME_CHARACTERS = 64  # Twice a username: what a list of members can show in one line.
MAX_DEVICE_NAME_CHARACTERS = 64  # As much, beside the other devices.
MAX_EMAIL_CHARACTERS = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets

_USERNAME = re.compile(r"[A-Za-z0-9_.-]{1,32}")  # PROTOCOL, Conventions
# Whether mail arrives is found out by sending some; this only stops what cannot be an address.
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@\x00-\x1f\x7f]+\.[^\s@.\x00-\x1f\x7f]+")


class UserCard(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The protocol's ``user``: what others see; the wire of other slices holds it as it is.

    ``status_until`` is when the status ends by itself; ``avatar_url`` asks for credentials, and is
    another one for another picture. What there is not is left out.
    """

    id: UserId
    username: str
    display_name: str
    role: str
    created_at: str
    status_text: str | None = None
    status_until: str | None = None
    avatar_url: str | None = None


class User(msgspec.Struct, frozen=True, gc=False):
    """An account, without what proves it."""

    id: UserId
    username: str
    display_name: str
    role: str
    created_at: datetime
    profile: Profile = NO_PROFILE

    def card(self) -> UserCard:
        """Give what others see."""
        return UserCard(
            id=self.id,
            username=self.username,
            display_name=self.display_name,
            role=self.role,
            created_at=rfc3339(self.created_at),
            status_text=self.profile.status_text,
            status_until=self.profile.status_until,
            avatar_url=self.profile.avatar_url(self.id),
        )


class NewUser(msgspec.Struct, frozen=True):
    """An account that is about to be made; every field has passed its rule."""

    username: str
    display_name: str
    email: str | None
    password_hash: str | None
    role: str


class Origin(msgspec.Struct, frozen=True):
    """From where somebody acts: the IP address, what the client calls itself, and the device."""

    ip: str
    user_agent: str = ""
    device_name: str = ""


def is_username(text: str) -> bool:
    """Say whether a text has the form of a username."""
    return _USERNAME.fullmatch(text) is not None


def require_username(text: str) -> str:
    """Give the username back. Raises ``Invalid`` where it has not the form of one."""
    if not is_username(text):
        raise Invalid("username", "Must be 1 to 32 of the letters A-Z and a-z, 0-9, '_', '.', '-'")
    return text


def require_email(text: str | None) -> str | None:
    """Give the address back, or None. Raises ``Invalid`` where mail could not go there."""
    if text is None:
        return None
    if len(text) > MAX_EMAIL_CHARACTERS or not _EMAIL.fullmatch(text) or not _is_text(text):
        raise Invalid("email", "Must be an e-mail address")
    return text


def require_display_name(text: str) -> str:
    """Give the name back. Raises ``Invalid`` where it is empty, too long or has control codes."""
    fits = 1 <= len(text) <= MAX_DISPLAY_NAME_CHARACTERS
    if not fits or not text.isprintable() or not text.strip():
        raise Invalid(
            "display_name", f"Must be 1 to {MAX_DISPLAY_NAME_CHARACTERS} printable characters"
        )
    return text


def require_device_name(text: str | None) -> str:
    """Give the name back, or nothing. Raises ``Invalid`` where it is too long or has controls."""
    if text is None:
        return ""
    if len(text) > MAX_DEVICE_NAME_CHARACTERS or not text.isprintable():
        raise Invalid(
            "device_name", f"Must be at most {MAX_DEVICE_NAME_CHARACTERS} printable characters"
        )
    return text


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # an unpaired surrogate
        return False
    return True
