"""How API keys look over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec

from causerie.accounts.model import ApiKey
from causerie.accounts.wire.doors import Body
from causerie.foundation.clock import rfc3339
from causerie.foundation.identity import MAX_ID

MAX_SCOPES = 100  # More than there are permissions.

_Id = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]


class CreateKeyBody(Body, frozen=True):
    """``POST /auth/api-keys``; ``user_id`` is a bot's, without it the key is one's own."""

    name: str
    scopes: Annotated[list[str], msgspec.Meta(max_length=MAX_SCOPES)]
    expires_in_days: int | None = None
    user_id: _Id | None = None


class CreateBotBody(Body, frozen=True):
    """``POST /auth/bots``."""

    username: str
    display_name: str | None = None


class KeyBody(msgspec.Struct, frozen=True):
    """A key in a list; ``hint`` is how it begins."""

    id: int
    user_id: int
    name: str
    hint: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class NewKeyBody(msgspec.Struct, frozen=True):
    """A key that was just made; ``key`` is shown this once."""

    key: str
    api_key: KeyBody


class ApiKeyItems(msgspec.Struct, frozen=True):
    """A list of keys."""

    items: list[KeyBody]


def key_body(key: ApiKey) -> KeyBody:
    """Write out a key."""
    return KeyBody(
        id=key.id,
        user_id=key.user_id,
        name=key.name,
        hint=key.hint,
        scopes=list(key.scopes),
        created_at=rfc3339(key.created_at),
        expires_at=None if key.expires_at is None else rfc3339(key.expires_at),
        last_used_at=None if key.last_used_at is None else rfc3339(key.last_used_at),
    )
