"""The bodies of a login through an OpenID provider."""

from __future__ import annotations

import msgspec

from causerie.accounts.model import Identity
from causerie.foundation.clock import rfc3339


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


class LinkFinishBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the provider's redirect brought, and the kept flow."""

    flow: str
    code: str
    state: str


class IdentityBody(msgspec.Struct, frozen=True):
    """A login from outside that opens one's account."""

    id: int
    issuer: str
    subject: str
    created_at: str


class IdentityItems(msgspec.Struct, frozen=True):
    """A list of them."""

    items: list[IdentityBody]


def identity_body(identity: Identity) -> IdentityBody:
    """Write one out."""
    return IdentityBody(
        identity.id, identity.issuer, identity.subject, rfc3339(identity.created_at)
    )
