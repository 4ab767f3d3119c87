"""A browser, as far as pushes know it: it subscribes with keys of its own, and opens what comes."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from causerie.foundation.crypto import decrypt_push
from tests.fakes.receiver import Received


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """What subscribes, and opens what comes."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b64(b"sixteen bytes !!")

    def subscription(self, endpoint: str) -> dict[str, Any]:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "endpoint": endpoint,
            "expirationTime": None,
            "keys": {"p256dh": b64(point), "auth": self.auth},
        }

    def open(self, request: Received) -> dict[str, Any]:
        private = self._key.private_numbers().private_value.to_bytes(32, "big")
        plain = decrypt_push(request.body, private=private, auth=self.auth)
        decoded: dict[str, Any] = msgspec.json.decode(plain)
        return decoded
