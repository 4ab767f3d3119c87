"""How passkeys look over HTTP."""

from __future__ import annotations

import msgspec

from causerie.accounts.model import Passkey
from causerie.accounts.wire.doors import Body
from causerie.foundation.clock import rfc3339


class PasskeyOptionsBody(msgspec.Struct, frozen=True):
    """What a browser wants: ``PublicKeyCredential.parse...OptionsFromJSON(public_key)``."""

    public_key: dict[str, object]


class CredentialBody(Body, frozen=True):
    """What a browser gave: ``PublicKeyCredential.toJSON()``."""

    credential: dict[str, object]


class NewPasskeyBody(CredentialBody, frozen=True):
    """The same, and what the user calls it."""

    name: str


class PasskeyBody(msgspec.Struct, frozen=True):
    """One passkey; ``backed_up``: a copy of it lies with its maker, and on the user's devices."""

    id: int
    name: str
    backed_up: bool
    transports: list[str]
    created_at: str
    last_used_at: str | None


class PasskeyItems(msgspec.Struct, frozen=True):
    """A list of passkeys."""

    items: list[PasskeyBody]


def passkey_body(passkey: Passkey) -> PasskeyBody:
    """Write out a passkey."""
    return PasskeyBody(
        id=passkey.id,
        name=passkey.name,
        backed_up=passkey.is_backed_up,
        transports=list(passkey.transports),
        created_at=rfc3339(passkey.created_at),
        last_used_at=rfc3339(passkey.last_used_at) if passkey.last_used_at else None,
    )
