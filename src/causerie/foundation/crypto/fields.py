"""Fields at rest: AES-256-GCM under data keys that can be changed, each value bound to its row."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from causerie.foundation.crypto.errors import CannotUnseal, FieldKeyNotKnown

DATA_KEY_BYTES = 32  # AES-256, and HMAC-SHA256 at its full strength
NONCE_BYTES = 12  # NIST SP 800-38D §8.2.2: random, good for 2^32 values under one key
MAX_DATA_KEY_ID = (1 << 31) - 1  # PostgreSQL's integer

_VERSION = b"\x02"  # b"\x01" is what the master key itself seals.
_ID_BYTES = 4
_HEAD_BYTES = len(_VERSION) + _ID_BYTES
_TEXT, _OBJECT = b"t", b"o"


class DataKeys(msgspec.Struct, frozen=True):
    """The keys of fields by their ids, which of them encrypts now, and the key of blind indexes."""

    by_id: Mapping[int, bytes]
    current: int
    index: bytes


def place_of(table: str, column: str, row: int | str) -> str:
    """Name the one place where a value belongs: ``accounts.users.email:7``."""
    return f"{table}.{column}:{row}"


class FieldCipher:
    """Encrypts and decrypts values of columns; one object for the process, told of new keys."""

    def __init__(self, keys: DataKeys) -> None:
        self.learn(keys)

    def learn(self, keys: DataKeys) -> None:
        """Go on with these keys."""
        self._aeads = {key_id: AESGCM(key) for key_id, key in keys.by_id.items()}
        self._current = keys.current
        self._index_key = keys.index

    @property
    def current_head(self) -> bytes:
        """What values under the key of now begin with; others are to be encrypted anew."""
        return _VERSION + self._current.to_bytes(_ID_BYTES, "big")

    def encrypt(self, text: str, *, place: str) -> bytes:
        """Encrypt a text for one place (``place_of``); only there it opens again."""
        return self._seal(_TEXT + text.encode(), place)

    def encrypt_object(self, value: Mapping[str, object], *, place: str) -> bytes:
        """Encrypt a JSON object for one place."""
        return self._seal(_OBJECT + msgspec.json.encode(value), place)

    def decrypt(self, sealed: bytes, *, place: str) -> str:
        """Give the text back. Raises ``CannotUnseal``; ``FieldKeyNotKnown`` of a key too new."""
        return self._open(sealed, place, _TEXT).decode()

    def decrypt_object(self, sealed: bytes, *, place: str) -> dict[str, object]:
        """Give the JSON object back. Raises as ``decrypt`` does."""
        return msgspec.json.decode(self._open(sealed, place, _OBJECT), type=dict[str, object])

    def blind_index(self, text: str, *, column: str) -> bytes:
        """Give what equal texts of a column have in common, and nobody can go back from.

        HMAC-SHA256, 32 bytes. Normalise the text first (``normal_email``, ``normal_phone``): equal
        is what is equal byte for byte. The same text in another column has another index.
        """
        return hmac.digest(self._index_key, f"{column}\0{text}".encode(), "sha256")

    def _seal(self, plain: bytes, place: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        head = self.current_head
        sealed = self._aeads[self._current].encrypt(nonce, plain, head + place.encode())
        return head + nonce + sealed

    def _open(self, sealed: bytes, place: str, kind: bytes) -> bytes:
        head, nonce = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES : _HEAD_BYTES + NONCE_BYTES]
        if head[:1] != _VERSION or len(nonce) != NONCE_BYTES:
            raise CannotUnseal(f"what is stored at {place} is no encrypted field")
        aead = self._aeads.get(int.from_bytes(head[1:], "big"))
        if aead is None:
            raise FieldKeyNotKnown(f"what is stored at {place} was encrypted under another key")
        try:
            plain = aead.decrypt(nonce, sealed[_HEAD_BYTES + NONCE_BYTES :], head + place.encode())
        except InvalidTag as error:
            raise CannotUnseal(f"what is stored at {place} was changed, or moved there") from error
        if plain[:1] != kind:
            raise CannotUnseal(f"what is stored at {place} is of another kind")
        return plain[1:]
