"""Sessions: a login, what it hands out, and what a refresh token turns out to be."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from causerie.accounts.model.users import Origin, User
from causerie.foundation.identity import UserId


class Registration(StrEnum):
    """Who may make an account; the first one on an empty server always may."""

    OPEN = "open"
    INVITE = "invite"
    CLOSED = "closed"


class LoggedIn(msgspec.Struct, frozen=True):
    """What a login, a registration or a refresh hands out; the tokens are in clear here only."""

    user: User
    access_token: str
    refresh_token: str
    expires_in: int


class Credentials(msgspec.Struct, frozen=True):
    """A user with the hash of the password, if there is one, and whether a code is asked for."""

    user: User
    password_hash: str | None
    has_second_factor: bool = False


class SessionStart(msgspec.Struct, frozen=True):
    """A session that is about to be opened; without ``refresh_hash`` it cannot be renewed.

    ``authenticated_at`` is when the user proved who they are; none where the operator vouches.
    """

    id: str
    user_id: UserId
    origin: Origin
    at: datetime
    expires_at: datetime
    authenticated_at: datetime | None = None
    refresh_hash: bytes | None = None
    refresh_expires_at: datetime | None = None


class Rotated(msgspec.Struct, frozen=True):
    """The refresh token was good and is spent now; the new one stands in its place."""

    user: User
    session: str
    began_at: datetime  # When somebody logged in, and proved it.


class Reused(msgspec.Struct, frozen=True):
    """The refresh token had been spent before; ``has_ended_session`` where its session was live."""

    user_id: UserId
    session: str
    has_ended_session: bool
