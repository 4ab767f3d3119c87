"""What has happened to accounts and their sessions, told after the commit."""

from __future__ import annotations

from enum import StrEnum

from causerie.accounts.model import Restriction
from causerie.foundation.events import Event
from causerie.foundation.identity import UserId


class UserRegistered(Event, frozen=True, gc=False):
    """An account was made at the door; ``is_founder`` for the first one of the server."""

    user_id: UserId
    username: str
    is_founder: bool


class UserChanged(Event, frozen=True, gc=False):
    """A user's role, name or the like is another now."""

    user_id: UserId


class ProfileChanged(Event, frozen=True, gc=False):
    """What a user says about themselves is another now: a name to be shown, a status, a picture."""

    user_id: UserId


class RoleAssigned(Event, frozen=True, gc=False):
    """A user has another role now; told beside ``UserChanged``."""

    user_id: UserId
    role: str


class RolesChanged(Event, frozen=True, gc=False):
    """A role has other permissions now."""


class SessionRevoked(Event, frozen=True, gc=False):
    """A session is over: nothing made from it is valid, and its open sockets must close (4401)."""

    user_id: UserId
    session: str


class AccessTokenRevoked(Event, frozen=True, gc=False):
    """One access token (``jti``) is void: sockets that it opened must close (4401)."""

    token: str


class UserTokensRevoked(Event, frozen=True, gc=False):
    """All that a user had is void; each session is told of by ``SessionRevoked`` as well."""

    user_id: UserId


class LoginRefused(Event, frozen=True, gc=False):
    """A password was wrong, or its name nobody's: which, is not said."""

    ip: str


class RefreshTokenReused(Event, frozen=True, gc=False):
    """A spent refresh token came back: someone else may have it. The session was ended."""

    user_id: UserId
    session: str
    ip: str


class SigningKeysWithdrawn(Event, frozen=True, gc=False):
    """Keys were taken back after a theft: whatever they have signed proves nothing any more."""


class Change(StrEnum):
    """What proves a user was changed how; for the audit, and for whoever warns the user."""

    TWO_FACTOR_ENABLED = "two_factor_enabled"
    TWO_FACTOR_DISABLED = "two_factor_disabled"
    BACKUP_CODES_RENEWED = "backup_codes_renewed"
    API_KEY_MADE = "api_key_made"
    API_KEY_REVOKED = "api_key_revoked"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a name
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a name


class CredentialsChanged(Event, frozen=True, gc=False):
    """Something that proves the user is other than before; ``ip`` of whoever did it."""

    user_id: UserId
    change: Change
    ip: str


class CodeRefused(Event, frozen=True, gc=False):
    """A code of the second factor was wrong, or (``is_replay``) right and used before."""

    user_id: UserId
    ip: str
    is_replay: bool


class TicketReplayed(Event, frozen=True, gc=False):
    """A socket's ticket came again that was spent here a moment ago."""

    user_id: UserId
    ip: str


class TokenForged(Event, frozen=True, gc=False):
    """A token was signed by nobody we know, or in a way that we do not take."""

    ip: str


class UserRestricted(Event, frozen=True, gc=False):
    """A user may speak or come in less, or more, than before; ``restriction.notice`` says why."""

    restriction: Restriction

    @property
    def user_id(self) -> UserId:
        """Whose it is."""
        return self.restriction.user_id
