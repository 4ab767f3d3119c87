"""Tokens of an outside issuer: what is asked of them, and which account they stand for here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from causerie.accounts.model.permissions import Role
from causerie.accounts.model.tokens import MAX_TIMESTAMP, TokenPolicy

KEYS_FRESH_SECONDS = 600.0  # A key that the issuer takes back is refused here after so long.
KEYS_STALE_SECONDS = 86400.0  # While the issuer is away, its last keys are good for a day.
KEYS_RETRY_SECONDS = 30.0  # An unknown kid, or a failure, makes us ask again no sooner.
KEYS_TIMEOUT_SECONDS = 5.0
MAX_KEYS_BYTES = 1 << 18  # Twenty keys with their certificates; the largest known has 60 KB.
MAX_OUTSIDE_TOKEN_BYTES = 12_288  # Others put groups and roles in; a header has 16 KiB.
MAX_SUBJECT_CHARACTERS = 255  # OpenID Connect Core 1.0 §2
MAX_USERNAME_CHARACTERS = 32  # PROTOCOL, Conventions

MAX_IDENTITIES = 10  # Of one account: a provider or two, before and after a change of employer.

_NOT_IN_USERNAMES = re.compile(r"[^A-Za-z0-9_.-]+")
_Second = Annotated[float, msgspec.Meta(ge=0, le=MAX_TIMESTAMP)]


class Identity(msgspec.Struct, frozen=True):
    """A subject of an outside issuer that stands for an account here."""

    id: int
    issuer: str
    subject: str
    created_at: datetime


class OutsideIssuer(msgspec.Struct, frozen=True, kw_only=True):
    """Another system whose tokens are taken, and how its words are read."""

    issuer: str
    jwks_url: str
    audience: str
    algorithms: frozenset[str]
    username_claim: str = "preferred_username"
    role_claim: str | None = None
    # Theirs to ours, the first that somebody has wins; without any they are users.
    roles: tuple[tuple[str, str], ...] = ()

    def policy(self) -> TokenPolicy:
        """Give what its tokens must say of themselves."""
        return TokenPolicy(
            issuer=self.issuer, audience=self.audience, access_seconds=0, refresh_seconds=0
        )


class OutsideClaims(msgspec.Struct, frozen=True):
    """The claims that are read of an outside token; ``nbf``, ``jti`` and ``sid`` may be absent."""

    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SUBJECT_CHARACTERS)]
    iss: str
    aud: str | list[str]
    exp: _Second
    iat: _Second
    nbf: _Second = 0
    jti: str | None = None
    sid: str | None = None


def username_for(wanted: object, *, issuer: str, subject: str) -> tuple[str, str]:
    """Give a username made of a claim, and a second one for where the first is taken.

    Never somebody's who is here already: who the account belongs to is told by the subject alone.
    """
    text = wanted if isinstance(wanted, str) else ""
    plain = _NOT_IN_USERNAMES.sub("-", text.split("@", 1)[0]).strip("-.") or "user"
    mark = hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()[:8]
    first = plain[:MAX_USERNAME_CHARACTERS]
    return first, f"{plain[: MAX_USERNAME_CHARACTERS - 9]}-{mark}"


def claim_at(claims: Mapping[str, object], path: str) -> object:
    """Give a claim by its name, or by a path of names with dots; None where it is absent."""
    found: object = claims.get(path)
    if found is not None:
        return found
    found = claims
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def role_for(theirs: object, roles: tuple[tuple[str, str], ...]) -> str:
    """Give our role for a claim that names one or several of theirs."""
    held = theirs if isinstance(theirs, list) else [theirs]
    return next((ours for name, ours in roles if name in held), Role.USER)


def name_of_session(issuer: str, session: str) -> str:
    """Give the name under which a session of another system stands in our tables."""
    digest = hashlib.sha256(f"{issuer}\0{session}".encode(errors="surrogatepass")).hexdigest()
    return f"outside-{digest[:40]}"
