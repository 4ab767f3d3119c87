"""The bodies of a login through an OpenID provider."""

from __future__ import annotations

import msgspec


class OidcStartedBody(msgspec.Struct, frozen=True):
    """Where to send the person, and what to keep until they come back."""

    authorization_url: str
    flow: str


class OidcFinishBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /auth/oidc/finish``: what the provider's redirect brought, and the kept flow.

    After ``two_factor_required``: the ``flow`` of that answer, and ``otp``.
    """

    flow: str
    code: str = ""
    state: str = ""
    otp: str | None = None
