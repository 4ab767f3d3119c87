"""Passkeys: keys that a device keeps and shows to the one site that they were made for."""

from __future__ import annotations

from datetime import datetime

import msgspec

from causerie.foundation.errors import Invalid
from causerie.foundation.identity import UserId

CHALLENGE_BYTES = 32  # WebAuthn Level 3 §13.4.3 asks for 16 at least.
CHALLENGE_SECONDS = 300  # WebAuthn Level 3 §15.1: five minutes where somebody must be verified.
MAX_PASSKEYS = 20  # Of one user: every device of a busy person, and nobody's store of data.
MAX_PASSKEY_NAME_CHARACTERS = 64
MAX_CREDENTIAL_CHARACTERS = 16 << 10  # An attestation with its certificates has some 5 KB.


class Site(msgspec.Struct, frozen=True):
    """For whom passkeys are made: a host's name (the relying party) and a page's origin."""

    host: str
    origin: str


class ShownPasskey(msgspec.Struct, frozen=True):
    """A passkey as a browser shows it to a site: the text of ``PublicKeyCredential.toJSON()``."""

    credential: str
    site: Site


class Passkey(msgspec.Struct, frozen=True):
    """One passkey of a user."""

    id: int
    user_id: UserId
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    transports: tuple[str, ...]
    is_backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


def require_passkey_name(name: str) -> str:
    """Check what a user calls a passkey, and give it without space around. Raises ``Invalid``."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_PASSKEY_NAME_CHARACTERS or not name.isprintable():
        raise Invalid("name", f"Must be 1 to {MAX_PASSKEY_NAME_CHARACTERS} printable characters")
    return name
