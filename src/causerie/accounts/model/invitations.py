"""Invitations: what lets somebody make an account where registration is by invitation."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime

import msgspec

from causerie.accounts.model.tokens import SECRET_BYTES
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import UserId

MAX_INVITATION_USES = 1000  # The constraint of the table: a school at once.
MAX_INVITATION_DAYS = 365
DEFAULT_INVITATION_DAYS = 7  # As long as a letter lies unread.
MAX_NOTE_CHARACTERS = 100  # The constraint of the table: one line of a list.
MAX_LIVE_INVITATIONS = 100  # Of one person; who brings more people in makes one with more uses.
KEEP_INVITATIONS_DAYS = 30  # After their end; the audit trail keeps what was done by them.


class Invitation(msgspec.Struct, frozen=True):
    """One as a list shows it; ``created_by`` is None where the operator made it."""

    id: int
    note: str
    uses: int
    max_uses: int
    created_by: UserId | None
    created_at: datetime
    expires_at: datetime


class NewInvitation(msgspec.Struct, frozen=True):
    """One that is about to be stored."""

    code_hash: bytes
    note: str
    max_uses: int
    created_by: UserId | None
    created_at: datetime
    expires_at: datetime


def new_invitation_code(random_bytes: Callable[[int], bytes]) -> str:
    """Make a code of 256 bits."""
    return base64.urlsafe_b64encode(random_bytes(SECRET_BYTES)).rstrip(b"=").decode()


def hash_of_invitation(code: str) -> bytes:
    """Hash a code; one round is enough for what cannot be guessed."""
    return hashlib.sha256(b"invitation " + code.encode(errors="surrogatepass")).digest()


def require_invitation(*, note: str, uses: int, days: int) -> None:
    """Raise ``Invalid`` unless an invitation can be like this."""
    if len(note) > MAX_NOTE_CHARACTERS or not note.isprintable():
        raise Invalid("note", f"Must be at most {MAX_NOTE_CHARACTERS} printable characters")
    if not 1 <= uses <= MAX_INVITATION_USES:
        raise Invalid("uses", f"Must be 1 to {MAX_INVITATION_USES}")
    if not 1 <= days <= MAX_INVITATION_DAYS:
        raise Invalid("expires_in_days", f"Must be 1 to {MAX_INVITATION_DAYS}")
