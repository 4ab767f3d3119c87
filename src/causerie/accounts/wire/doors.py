"""How registering, logging in and users look over HTTP."""

from __future__ import annotations

import msgspec

from causerie.accounts.model import LoggedIn, UserCard

TOKEN_TYPE = "Bearer"  # noqa: S105 - RFC 6750, not a secret


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body that comes in: unknown fields are refused (PROTOCOL, Meaning)."""


class RegisterBody(Body, frozen=True):
    """``POST /auth/register``; ``device_name`` is what the list of sessions shows.

    ``invitation`` is a code, where the server asks for one.
    """

    username: str
    password: str
    email: str | None = None
    invitation: str | None = None
    device_name: str | None = None


class LoginBody(Body, frozen=True):
    """``POST /auth/login``; ``code`` is for accounts with a second factor, or ``passkey``."""

    username: str
    password: str
    code: str | None = None
    passkey: dict[str, object] | None = None
    device_name: str | None = None


class RefreshBody(Body, frozen=True):
    """``POST /auth/refresh``."""

    refresh_token: str


class LoggedInBody(msgspec.Struct, frozen=True):
    """What register, login and refresh answer; ``expires_in`` in seconds."""

    user: UserCard
    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = TOKEN_TYPE


class TicketBody(msgspec.Struct, frozen=True):
    """A single-use ticket for ``?ticket=``; ``expires_in`` in seconds."""

    ticket: str
    expires_in: int


class UserItems(msgspec.Struct, frozen=True):
    """A list of users."""

    items: list[UserCard]


class KeyItems(msgspec.Struct, frozen=True):
    """A JWK set (RFC 7517 §5)."""

    keys: list[dict[str, str]]


def logged_in_body(logged_in: LoggedIn) -> LoggedInBody:
    """Write out a login."""
    return LoggedInBody(
        user=logged_in.user.card(),
        access_token=logged_in.access_token,
        refresh_token=logged_in.refresh_token,
        expires_in=logged_in.expires_in,
    )
