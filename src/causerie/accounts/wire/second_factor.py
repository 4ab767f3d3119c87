"""How the second factor and the step-up look over HTTP."""

from __future__ import annotations

import msgspec

from causerie.accounts.wire.doors import Body


class ProofBody(Body, frozen=True):
    """What proves its sender anew: the password, and a code where two-factor is on."""

    password: str | None = None
    code: str | None = None


class CodeBody(Body, frozen=True):
    """``POST /auth/2fa/verify``: the six digits that the authenticator shows."""

    code: str


class DisableBody(Body, frozen=True):
    """``POST /auth/2fa/disable``; ``code`` may be a backup code."""

    password: str
    code: str


class EnrolmentBody(msgspec.Struct, frozen=True):
    """What an authenticator is set up with: in base32, as an address, and as a picture of it."""

    secret: str
    otpauth_uri: str
    qr_svg: str


class BackupCodesBody(msgspec.Struct, frozen=True):
    """Ten codes, each good for one login in place of the six digits; shown this once."""

    backup_codes: list[str]


class SecondFactorBody(msgspec.Struct, frozen=True):
    """How two-factor stands for oneself."""

    enabled: bool
    backup_codes_left: int
