"""Cryptography: password hashes, sealed secrets, and signed tokens; the libraries stop here."""

from causerie.foundation.crypto.errors import (
    AlgorithmRefused,
    CannotUnseal,
    KeyNotKnown,
    MasterKeyUnusable,
    NotAToken,
    SignatureRefused,
    TokenRefused,
    WeakSecret,
)
from causerie.foundation.crypto.passwords import PasswordHashes
from causerie.foundation.crypto.sealing import MasterKey, load_master_key
from causerie.foundation.crypto.tokens import (
    ALGORITHMS,
    KeySet,
    SigningKey,
    generate_key,
    import_key,
    shared_secret,
)
from causerie.foundation.crypto.totp import (
    TOTP_DIGITS,
    TOTP_STEP_SECONDS,
    matching_totp_step,
    new_totp_secret,
    totp_code,
    totp_step,
    totp_uri,
)

__all__ = [
    "ALGORITHMS",
    "TOTP_DIGITS",
    "TOTP_STEP_SECONDS",
    "AlgorithmRefused",
    "CannotUnseal",
    "KeyNotKnown",
    "KeySet",
    "MasterKey",
    "MasterKeyUnusable",
    "NotAToken",
    "PasswordHashes",
    "SignatureRefused",
    "SigningKey",
    "TokenRefused",
    "WeakSecret",
    "generate_key",
    "import_key",
    "load_master_key",
    "matching_totp_step",
    "new_totp_secret",
    "shared_secret",
    "totp_code",
    "totp_step",
    "totp_uri",
]
