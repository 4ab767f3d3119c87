"""Values that an older system encrypted: AES-256-CBC, ``iv:text`` in hex; read, never written."""

from __future__ import annotations

import re

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from causerie.foundation.crypto.errors import CannotUnseal

_BLOCK_BYTES = 16
_OLD = re.compile(r"[0-9a-fA-F]{32}:(?:[0-9a-fA-F]{32})+")


def is_old_value(text: str) -> bool:
    """Say whether a text has the form of such a value."""
    return _OLD.fullmatch(text) is not None


def decrypt_old(text: str, *, key: bytes) -> str:
    """Give what an older system encrypted under the key (32 bytes). Raises ``CannotUnseal``.

    CBC alone does not show what was changed. So this is for migrations, and its errors are all the
    same: an answer that told bad padding from bad text would let others decrypt (RFC 7366 §1).
    """
    refused = "what the older system encrypted does not open: was its key another one?"
    if not is_old_value(text):
        raise CannotUnseal(refused)
    iv, _, sealed = text.partition(":")
    decryptor = Cipher(AES256(key), CBC(bytes.fromhex(iv))).decryptor()
    padded = decryptor.update(bytes.fromhex(sealed)) + decryptor.finalize()
    unpadder = PKCS7(_BLOCK_BYTES * 8).unpadder()
    try:
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError:  # bad padding, or not UTF-8
        raise CannotUnseal(refused) from None
