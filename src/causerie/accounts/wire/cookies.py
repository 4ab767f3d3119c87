"""How sessions in cookies look over HTTP."""

from __future__ import annotations

import msgspec

from causerie.accounts.model import UserCard
from causerie.accounts.wire.doors import Body


class CookieBody(Body, frozen=True):
    """``POST /auth/cookies``: the refresh token of a login, or none to renew what the cookies hold."""

    refresh_token: str | None = None


class CookieSessionBody(msgspec.Struct, frozen=True):
    """A session in cookies; ``expires_in`` in seconds: until then it wants to be renewed."""

    user: UserCard
    csrf_token: str
    expires_in: int


class CsrfBody(msgspec.Struct, frozen=True):
    """What requests that change something send along, in the header that is named."""

    csrf_token: str
    header_name: str
