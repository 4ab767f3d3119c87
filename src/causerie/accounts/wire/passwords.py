"""How the reset of a password looks over HTTP."""

from __future__ import annotations

import msgspec

from causerie.accounts.wire.doors import Body


class ForgotBody(Body, frozen=True):
    """``POST /auth/password/forgot``: a username or an e-mail address."""

    account: str


class AskedBody(msgspec.Struct, frozen=True):
    """What everybody is answered: for how many seconds a letter's link is good, if one goes out."""

    expires_in: int


class ResetBody(Body, frozen=True):
    """``POST /auth/password/reset``: the token of the letter, once."""

    token: str
    new_password: str
