"""The settings that accounts know."""

from __future__ import annotations

from pathlib import Path

import msgspec

from causerie.accounts.model import OidcProvider, OutsideIssuer, Registration
from causerie.foundation.mail import MailServer

HS256 = "HS256"


class AccountOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that accounts know; times in seconds, defaults as PROTOCOL lists them."""

    data_dir: Path
    master_key: str | None = None
    jwt_secret: str | None = None
    jwt_algorithm: str = "ES256"
    jwt_issuer: str = "causerie"
    jwt_audience: str = "causerie"
    access_seconds: int = 15 * 60
    refresh_seconds: int = 7 * 24 * 3600
    lifetime_seconds: int = 30 * 24 * 3600
    rotate_keys_seconds: float | None = 90 * 24 * 3600.0
    password_memory_kib: int = 19456
    password_iterations: int = 2
    bcrypt_cost: int = 12
    breached_passwords: Path | None = None
    registration: Registration = Registration.OPEN
    enable_2fa: bool = True
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    mail: MailServer | None = None
    trusted_issuer: OutsideIssuer | None = None
    oidc: OidcProvider | None = None
