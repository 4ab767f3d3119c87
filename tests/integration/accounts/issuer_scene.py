"""An outside issuer of the tests' own: signs tokens, and publishes its keys over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from causerie.accounts import OutsideIssuer
from causerie.foundation.crypto import KeySet, SigningKey, generate_key

NAME = "https://login.example.org"
NOON = 1_769_860_800  # where FakeClock stands


class Issuer:
    """Signs what a test asks for, and counts who asks for its keys."""

    def __init__(self) -> None:
        self.keys: list[SigningKey] = [generate_key("ES256")]
        self.asked = 0
        self.port = 0
        self.body: bytes | None = None  # instead of the keys
        self.status = "200 OK"

    def options(self, **changes: Any) -> OutsideIssuer:
        wanted: dict[str, Any] = {
            "issuer": NAME,
            "jwks_url": f"http://127.0.0.1:{self.port}/jwks.json",
            "audience": "causerie",
            "algorithms": frozenset({"ES256", "RS256", "Ed25519"}),
        }
        return OutsideIssuer(**{**wanted, **changes})

    def token(self, **changes: Any) -> str:
        claims: dict[str, Any] = {
            "iss": NAME,
            "sub": "7f3a",
            "aud": "causerie",
            "iat": NOON,
            "exp": NOON + 600,
            "jti": "one",
            "sid": "theirs",
            "preferred_username": "ada",
        }
        claims = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        return KeySet(self.keys).sign(json.dumps(claims).encode())

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        body = self.body
        if body is None:
            body = json.dumps({"keys": [key.public() for key in self.keys]}).encode()
        head = f"HTTP/1.1 {self.status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def an_issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    server = await asyncio.start_server(issuer.answer, "127.0.0.1", 0)
    async with server:
        issuer.port = server.sockets[0].getsockname()[1]
        yield issuer
