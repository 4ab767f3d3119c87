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

__all__ = [
    "ALGORITHMS",
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
    "shared_secret",
]
