"""Logging in through an OpenID provider: what is kept between its two steps, and what it says."""

from __future__ import annotations

from typing import Annotated

import msgspec

from causerie.accounts.model.outside import MAX_SUBJECT_CHARACTERS
from causerie.accounts.model.tokens import MAX_TIMESTAMP, TokenPolicy
from causerie.foundation.identity import UserId

FLOW_SECONDS = 600  # From our redirect to the provider's: people look for their phones.
PROVEN_SECONDS = 300  # From the provider's word to a code of the second factor.
MAX_FLOW_CHARACTERS = 2048  # Ours have some 400.
MAX_CODE_CHARACTERS = 2048  # The provider's; the longest known have some 1,200.

_Second = Annotated[float, msgspec.Meta(ge=0, le=MAX_TIMESTAMP)]


class OidcProvider(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID provider, and who we are to it; ``redirect_uri`` is where its answer goes."""

    issuer: str
    client_id: str
    client_secret: str | None
    redirect_uri: str
    scopes: str = "openid profile email"
    creates_accounts: bool = True
    links_by_email: bool = False

    def policy(self) -> TokenPolicy:
        """Give what its ID tokens must say of themselves."""
        return TokenPolicy(
            issuer=self.issuer, audience=self.client_id, access_seconds=0, refresh_seconds=0
        )


class Endpoints(msgspec.Struct, frozen=True):
    """What is read of a provider's description (OpenID Connect Discovery 1.0 §3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class Flow(msgspec.Struct, frozen=True):
    """A login under way; sealed, the client keeps it between the two steps.

    With a ``session`` it links a login to that session's account, and logs nobody in.
    """

    state: str
    nonce: str
    verifier: str
    expires: float
    session: str | None = None


class ProvenFlow(msgspec.Struct, frozen=True):
    """A login that lacks only the code of the second factor."""

    user_id: UserId
    username: str
    expires: float


class IdClaims(msgspec.Struct, frozen=True):
    """The claims of an ID token (OpenID Connect Core 1.0 §2) that are looked at."""

    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SUBJECT_CHARACTERS)]
    iss: str
    aud: str | list[str]
    exp: _Second
    iat: _Second
    nonce: str
    nbf: _Second = 0
    azp: str | None = None
    email: str | None = None
    # Some providers write it as a text; only true is true.
    email_verified: object = None
    preferred_username: str | None = None
