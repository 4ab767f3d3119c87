"""API keys: what a program shows in place of a login, and what it may do by it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime

import msgspec

from causerie.accounts.model.tokens import SECRET_BYTES
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import UserId

# Scanners of sources and logs find what was left there by it; no access token begins so.
API_KEY_PREFIX = "causerie_"
HINT_CHARACTERS = len(API_KEY_PREFIX) + 4  # Tells one from another in a list, and helps no thief.
MAX_KEY_NAME_CHARACTERS = 64  # One line of a list.
MAX_KEYS_PER_USER = 50
MAX_KEY_DAYS = 3650
API_KEY_CACHE_SECONDS = 60.0  # What another process revokes is refused here after so long.
MAX_CACHED_API_KEYS = 1024
SESSION_OF_KEY = "key:"  # Before the id, a key has the place of a session: no ``sid`` has a colon.


class ApiKey(msgspec.Struct, frozen=True):
    """A key as its owner sees it; ``hint`` is how it begins."""

    id: int
    user_id: UserId
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewApiKey(msgspec.Struct, frozen=True):
    """A key that is about to be stored."""

    user_id: UserId
    name: str
    hint: str
    key_hash: bytes
    scopes: tuple[str, ...]
    created_by: UserId
    created_at: datetime
    expires_at: datetime | None


class KeyStanding(msgspec.Struct, frozen=True):
    """How a live key and its user stand in the database at this moment."""

    id: int
    user_id: UserId
    username: str
    role: str
    scopes: frozenset[str]
    expires_at: datetime | None
    last_used_at: datetime | None
    banned_until: datetime | None


def new_api_key(random_bytes: Callable[[int], bytes]) -> str:
    """Make a key of 256 bits."""
    secret = base64.urlsafe_b64encode(random_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    return API_KEY_PREFIX + secret


def hash_of_api_key(key: str) -> bytes:
    """Hash a key; one round is enough for what cannot be guessed."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()


def require_key_name(text: str) -> str:
    """Give the name back. Raises ``Invalid`` where it is empty, too long or has control codes."""
    fits = 1 <= len(text) <= MAX_KEY_NAME_CHARACTERS
    if not fits or not text.isprintable() or not text.strip():
        raise Invalid("name", f"Must be 1 to {MAX_KEY_NAME_CHARACTERS} printable characters")
    return text
