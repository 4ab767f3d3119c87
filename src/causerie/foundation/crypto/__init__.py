"""Cryptography: password hashes, sealed secrets, and signed tokens; the libraries stop here."""

from causerie.foundation.crypto.errors import (
    AlgorithmRefused,
    CannotUnseal,
    FieldKeyNotKnown,
    KeyNotKnown,
    MasterKeyUnusable,
    NotAKeySet,
    NotAToken,
    SignatureRefused,
    TokenRefused,
    WeakSecret,
)
from causerie.foundation.crypto.fields import (
    DATA_KEY_BYTES,
    MAX_DATA_KEY_ID,
    DataKeys,
    FieldCipher,
    place_of,
)
from causerie.foundation.crypto.old_values import is_old_value
from causerie.foundation.crypto.passwords import PasswordHashes
from causerie.foundation.crypto.personal import PersonalData, normal_email, normal_phone
from causerie.foundation.crypto.sealing import MasterKey, load_master_key
from causerie.foundation.crypto.tokens import (
    ALGORITHMS,
    KeySet,
    SigningKey,
    generate_key,
    import_key,
    import_public_keys,
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
    "DATA_KEY_BYTES",
    "MAX_DATA_KEY_ID",
    "TOTP_DIGITS",
    "TOTP_STEP_SECONDS",
    "AlgorithmRefused",
    "CannotUnseal",
    "DataKeys",
    "FieldCipher",
    "FieldKeyNotKnown",
    "KeyNotKnown",
    "KeySet",
    "MasterKey",
    "MasterKeyUnusable",
    "NotAKeySet",
    "NotAToken",
    "PasswordHashes",
    "PersonalData",
    "SignatureRefused",
    "SigningKey",
    "TokenRefused",
    "WeakSecret",
    "generate_key",
    "import_key",
    "import_public_keys",
    "is_old_value",
    "load_master_key",
    "matching_totp_step",
    "new_totp_secret",
    "normal_email",
    "normal_phone",
    "place_of",
    "shared_secret",
    "totp_code",
    "totp_step",
    "totp_uri",
]
