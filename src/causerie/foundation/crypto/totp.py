"""Time-based one-time codes (RFC 6238) of an authenticator."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from datetime import datetime

import pyotp

TOTP_DIGITS = 6
TOTP_STEP_SECONDS = 30  # RFC 6238 §5.2, and the only value that every authenticator knows
TOTP_SKEW_STEPS = 1  # RFC 6238 §5.2: one step for the way and the clocks
SECRET_BYTES = 20  # RFC 4226 §4, R6: 160 bits


def new_totp_secret(random_bytes: Callable[[int], bytes]) -> str:
    """Make a secret, in base32."""
    return base64.b32encode(random_bytes(SECRET_BYTES)).decode()


def totp_uri(secret: str, *, account: str, issuer: str) -> str:
    """Give the address that an authenticator is set up with (``otpauth://totp/...``)."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def totp_step(moment: datetime) -> int:
    """Give the number of the step that a moment lies in (RFC 6238 §4.2)."""
    return int(moment.timestamp()) // TOTP_STEP_SECONDS


def totp_code(secret: str, step: int) -> str:
    """Give the code of a step."""
    return pyotp.HOTP(secret).at(step)


def matching_totp_step(secret: str, code: str, *, at: datetime) -> int | None:
    """Give the step around a moment whose code this is, the newest one; None where it is of none."""
    found = None
    given = code.encode(errors="surrogatepass")
    now = totp_step(at)
    # All of them, whatever matches: how long it takes tells nothing.
    for step in range(max(0, now - TOTP_SKEW_STEPS), now + TOTP_SKEW_STEPS + 1):
        if hmac.compare_digest(totp_code(secret, step).encode(), given):
            found = step
    return found
