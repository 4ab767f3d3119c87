"""Secrets at rest: AES-256-GCM under a master key that lies beside the data, or comes by setting."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from causerie.foundation.crypto.errors import CannotUnseal, MasterKeyUnusable
from causerie.foundation.crypto.old_values import decrypt_old

log = structlog.get_logger()

MASTER_KEY_BYTES = 32  # AES-256
MASTER_KEY_FILE = "master.key"
KEY_ID_BYTES = 4  # Tells one master key from another in an error; nothing rests on it.
NONCE_BYTES = 12  # NIST SP 800-38D §8.2.2: random, good for 2^32 seals under one key
_VERSION = b"\x01"
_HEAD_BYTES = len(_VERSION) + KEY_ID_BYTES


class MasterKey:
    """The key under which all others are sealed. Its value never leaves the object."""

    def __init__(self, key: bytes) -> None:
        if len(key) != MASTER_KEY_BYTES:
            raise MasterKeyUnusable(f"a master key has {MASTER_KEY_BYTES} bytes, not {len(key)}")
        self._key = key
        self._aead = AESGCM(key)
        self._id = hashlib.sha256(b"causerie master key id" + key).digest()[:KEY_ID_BYTES]
        # A key of its own: what is sealed and what is signed never meet under one.
        self._mac_key = hmac.digest(key, b"causerie master key mac", "sha256")

    def seal(self, secret: bytes, *, place: str) -> bytes:
        """Encrypt a secret for one place (a table's column and row); only there it opens again."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        head = _VERSION + self._id
        return head + nonce + self._aead.encrypt(nonce, secret, head + place.encode())

    def sign(self, content: bytes, *, purpose: str) -> bytes:
        """Give a signature (HMAC-SHA256) that only who has the master key can make, and check."""
        return self._id + hmac.digest(self._mac_key, _with_length(purpose) + content, "sha256")

    def is_signed(self, content: bytes, signature: bytes, *, purpose: str) -> bool:
        """Say whether the signature is this key's, for this purpose and content."""
        return hmac.compare_digest(signature, self.sign(content, purpose=purpose))

    def unseal(self, sealed: bytes, *, place: str) -> bytes:
        """Give the secret back. Raises ``CannotUnseal``, with a text for the operator."""
        head, nonce = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES : _HEAD_BYTES + NONCE_BYTES]
        if head[:1] != _VERSION or len(nonce) != NONCE_BYTES:
            raise CannotUnseal(f"what is stored at {place} was not sealed by this software")
        if head[1:] != self._id:
            raise CannotUnseal(
                f"what is stored at {place} was sealed under another master key: set "
                "security.master_key to that one, or put its file back; all nodes need the same"
            )
        try:
            return self._aead.decrypt(
                nonce, sealed[_HEAD_BYTES + NONCE_BYTES :], head + place.encode()
            )
        except InvalidTag as error:
            raise CannotUnseal(
                f"what is stored at {place} was changed since it was sealed"
            ) from error

    def decrypt_old(self, text: str) -> str:
        """Give what an older system encrypted under this key. Raises ``CannotUnseal``."""
        return decrypt_old(text, key=self._key)


def _with_length(purpose: str) -> bytes:
    encoded = purpose.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def load_master_key(data_dir: Path, *, configured: str | None = None) -> MasterKey:
    """Give the master key: the configured 64 hex digits, or the data folder's, made on first use.

    Raises ``MasterKeyUnusable``.
    """
    if configured is not None:
        return MasterKey(_parse(configured, origin="security.master_key"))
    path = data_dir / MASTER_KEY_FILE
    try:
        _make_unless_there(path)
        _require_private(path)
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise MasterKeyUnusable(
            f"the master key {path} cannot be used: {error.strerror}"
        ) from error
    return MasterKey(_parse(text.strip(), origin=str(path)))


def _make_unless_there(path: Path) -> None:
    """Write a new key beside the path and link it there: it appears whole, once, or not at all."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(MASTER_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # Another node of this folder was first; its key is ours.
    finally:
        draft.unlink()
    _sync_folder(path.parent)
    log.info("master_key_made", file=str(path))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_private(path: Path) -> None:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise MasterKeyUnusable(f"the master key {path} is open to others: chmod 600 {path}")


def _parse(text: str, *, origin: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != MASTER_KEY_BYTES or len(text) != 2 * MASTER_KEY_BYTES:
        # `from None` and no value in the text: what was nearly a key is a secret too.
        raise MasterKeyUnusable(f"{origin} must hold {2 * MASTER_KEY_BYTES} hex digits") from None
    return key
