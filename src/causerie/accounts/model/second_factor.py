"""The rules of the second factor: codes, backup codes, and how often one may guess."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime

import msgspec

from causerie.foundation.crypto import TOTP_DIGITS
from causerie.foundation.identity import UserId

FRESH_SECONDS = 300  # PROTOCOL, /auth/2fa/enable: within 5 minutes of the login
ENROLMENT_SECONDS = 900  # Enough to find the phone; a picture left open in a tab is void by then.
BACKUP_CODES = 10  # REQUIREMENTS, ID-7
# 120 bits: of 112 and more a stolen hash is no use, and one round of SHA-256 will do (ASVS 6.5.2).
BACKUP_CODE_BYTES = 15
MAX_CODE_CHARACTERS = 64  # Ours have 29 with their dashes; what is longer is not looked at.
# A clock that jumps back must not make a spent step good again: the issue names two days.
KEEP_STEPS_SECONDS = 7 * 24 * 3600


class Enrolment(msgspec.Struct, frozen=True):
    """An authenticator, known by its secret in base32; not in force until ``confirmed_at``."""

    user_id: UserId
    secret: str
    created_at: datetime
    confirmed_at: datetime | None


class Proof(msgspec.Struct, frozen=True):
    """What somebody offers to prove anew who they are."""

    password: str | None = None
    code: str | None = None


def plain_code(typed: str) -> str | None:
    """Give a code without what people type between its parts; None where it cannot be one."""
    if len(typed) > MAX_CODE_CHARACTERS or not typed.isascii():
        return None
    return typed.replace(" ", "").replace("-", "").upper()


def is_totp(plain: str) -> bool:
    """Say whether a plain code has the form of an authenticator's."""
    return len(plain) == TOTP_DIGITS and plain.isdigit()


def new_backup_code(random_bytes: Callable[[int], bytes]) -> str:
    """Make a backup code, in groups of four."""
    letters = base64.b32encode(random_bytes(BACKUP_CODE_BYTES)).decode()
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def hash_of_backup_code(user_id: UserId, typed: str) -> bytes:
    """Hash a code, typed in whatever way, together with whose it is."""
    return hashlib.sha256(f"backup code {user_id} {plain_code(typed)}".encode()).digest()
