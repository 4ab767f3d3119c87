"""Web Push: messages that only one browser opens (RFC 8291), from a server that says who it is (RFC 8292)."""

from __future__ import annotations

import binascii
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

POINT_BYTES = 65  # uncompressed, SEC 1 §2.3.3
SECRET_BYTES = 16  # RFC 8291 §3.2
SALT_BYTES = 16  # RFC 8188 §2.1
RECORD_BYTES = 4096  # RFC 8291 §4: one record, which a push service must take
MAX_PLAIN_BYTES = RECORD_BYTES - 86 - 17  # the header, and the padding's mark with the tag


class NotASubscription(ValueError):  # noqa: N818 - named after the fact
    """What a browser would open messages with is none of its keys."""


class VapidKey:
    """The key by which push services know this server (RFC 8292)."""

    def __init__(self, private: bytes) -> None:
        self._key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
        self.public = b64url(_point(self._key))

    @staticmethod
    def generate() -> bytes:
        """Make the private part of a new one, 32 bytes."""
        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        return number.to_bytes(32, "big")

    def authorization(self, *, origin: str, subject: str, expires_at: int) -> str:
        """Give the header for a push service (RFC 8292 §3); ``expires_at`` within 24 hours."""
        header = {"typ": "JWT", "alg": "ES256"}
        claims = {"aud": origin, "exp": expires_at, "sub": subject}
        signed = f"{_json(header)}.{_json(claims)}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        # RFC 7518 §3.4: both halves at full length, not as DER.
        signature = b64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return f"vapid t={signed}.{signature}, k={self.public}"


def require_subscription(p256dh: str, auth: str) -> None:
    """Check a browser's keys (both base64url). Raises ``NotASubscription``."""
    _browser_key(p256dh)
    if len(_unb64(auth)) != SECRET_BYTES:
        raise NotASubscription("the secret has another length")


def encrypt_push(
    plain: bytes,
    *,
    p256dh: str,
    auth: str,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    private: bytes | None = None,
) -> bytes:
    """Give the body of a push, ``Content-Encoding: aes128gcm``. Raises ``NotASubscription``.

    ``private`` is the key made for this message alone; it is given by tests of the standard's vector.
    """
    if len(plain) > MAX_PLAIN_BYTES:
        raise ValueError("too long for one push")
    browser, secret = _browser_key(p256dh), _unb64(auth)
    own = ec.derive_private_key(
        int.from_bytes(private or VapidKey.generate(), "big"), ec.SECP256R1()
    )
    own_point, browser_point = _point(own), _unb64(p256dh)
    shared = own.exchange(ec.ECDH(), browser)
    # RFC 8291 §3.4
    ikm = _hkdf(secret, shared, b"WebPush: info\0" + browser_point + own_point, 32)
    salt = random_bytes(SALT_BYTES)
    key = _hkdf(salt, ikm, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, ikm, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([POINT_BYTES]) + own_point
    # 0x02 ends the last record, RFC 8188 §2
    return header + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def decrypt_push(body: bytes, *, private: bytes, auth: str) -> bytes:
    """Open a push as the browser does that has the private key. For tests, and to look into one."""
    key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
    salt, rest = body[:SALT_BYTES], body[SALT_BYTES + 4 :]
    sender_point, sealed = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
    sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender_point)
    shared = key.exchange(ec.ECDH(), sender)
    ikm = _hkdf(_unb64(auth), shared, b"WebPush: info\0" + _point(key) + sender_point, 32)
    content_key = _hkdf(salt, ikm, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, ikm, b"Content-Encoding: nonce\0", 12)
    return AESGCM(content_key).decrypt(nonce, sealed, None).rstrip(b"\0")[:-1]


def b64url(raw: bytes) -> str:
    """Write bytes as RFC 7515 §2 does: URL-safe, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _browser_key(p256dh: str) -> ec.EllipticCurvePublicKey:
    raw = _unb64(p256dh)
    if len(raw) != POINT_BYTES:
        raise NotASubscription("the key has another length")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError as error:
        raise NotASubscription("the key is no point of the curve") from error


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _json(value: dict[str, object] | dict[str, str]) -> str:
    return b64url(json.dumps(value, separators=(",", ":")).encode())


def _unb64(text: str) -> bytes:
    if not text.isascii():
        raise NotASubscription("not base64url")
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise NotASubscription("not base64url") from error
