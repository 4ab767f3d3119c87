"""An authenticator with one passkey a site, as WebAuthn Level 3 §6 describes it, and its browser."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # §6.1, flags


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class FakePasskey:
    """A passkey; what it says of itself can be bent to see it refused."""

    def __init__(self, *, counts: bool = True) -> None:
        self.id = secrets.token_bytes(32)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.count = 0
        self.counts = counts
        self.flags = PRESENT | VERIFIED
        self.handle = b""

    def create(self, options: Any, *, origin: str, host: str | None = None) -> dict[str, object]:
        """Answer ``navigator.credentials.create``."""
        self.handle = unb64(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(cose)
        host = host or options["rp"]["id"]
        data = self._data(host, flags=self.flags | ATTESTED) + attested
        client = _client("webauthn.create", options["challenge"], origin)
        response = {
            "clientDataJSON": b64(client),
            "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            "transports": ["internal"],
        }
        return self._credential(response)

    def get(self, options: Any, *, origin: str, host: str | None = None) -> dict[str, object]:
        """Answer ``navigator.credentials.get``."""
        if self.counts:
            self.count += 1
        data = self._data(host or options["rpId"], flags=self.flags)
        client = _client("webauthn.get", options["challenge"], origin)
        signed = data + hashlib.sha256(client).digest()
        response = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": b64(self.handle),
        }
        return self._credential(response)

    def _data(self, host: str, *, flags: int) -> bytes:
        hashed = hashlib.sha256(host.encode()).digest()
        return hashed + bytes([flags]) + struct.pack(">I", self.count)

    def _credential(self, response: dict[str, Any]) -> dict[str, object]:
        return {
            "id": b64(self.id),
            "rawId": b64(self.id),
            "type": "public-key",
            "response": response,
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
        }


def _client(kind: str, challenge: str, origin: str) -> bytes:
    said = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
    return json.dumps(said).encode()
