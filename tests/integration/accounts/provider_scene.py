"""An OpenID provider of the tests' own, over real HTTP: strict about all that a client must do."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from causerie.accounts import OidcProvider
from causerie.foundation.crypto import KeySet, generate_key

NOON = 1_769_860_800  # where FakeClock stands
REDIRECT = "http://127.0.0.1/oidc"
SECRET = "s&cret/+ %"


class Provider:
    """Asks nobody for a password: a test says who consents, and what the ID token claims."""

    def __init__(self) -> None:
        self.keys = [generate_key("RS256")]
        self.port = 0
        self.codes: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
        self.described: dict[str, str] = {}
        self.is_broken = False

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def options(self, **changes: Any) -> OidcProvider:
        wanted: dict[str, Any] = {
            "issuer": self.issuer,
            "client_id": "chat",
            "client_secret": SECRET,
            "redirect_uri": REDIRECT,
        }
        return OidcProvider(**{**wanted, **changes})

    def consent(self, authorization_url: str, **claims: Any) -> tuple[str, str]:
        """Somebody logs in there and is sent back: the code and the state of the redirect."""
        parts = urlsplit(authorization_url)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert parts.path == "/authorize"
        assert (asked["response_type"], asked["client_id"]) == ("code", "chat")
        assert (asked["redirect_uri"], asked["code_challenge_method"]) == (REDIRECT, "S256")
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = (asked, claims)
        return code, asked["state"]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
        basic = next((line.split(" ")[2] for line in lines if "Basic " in line), "")
        status, body = self._answer(lines[0].split(" ")[1], form, basic)
        text = json.dumps(body).encode()
        writer.write(
            f"HTTP/1.1 {status} x\r\ncontent-length: {len(text)}\r\nconnection: close\r\n\r\n".encode()
            + text
        )
        await writer.drain()
        writer.close()

    def _answer(self, path: str, form: dict[str, str], basic: str) -> tuple[int, Any]:
        if self.is_broken:
            return 500, {}
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                **self.described,
            }
        if path == "/jwks":
            return 200, {"keys": [key.public() for key in self.keys]}
        return self._exchange(form, basic)

    def _exchange(self, form: dict[str, str], basic: str) -> tuple[int, Any]:
        # RFC 6749 §2.3.1: written as a form writes it, then Base64.
        if base64.b64decode(basic).decode() != "chat:s%26cret%2F%2B+%25":
            return 401, {"error": "invalid_client"}
        asked, claims = self.codes.pop(form["code"], ({}, {}))
        made = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if (
            not asked
            or form["redirect_uri"] != asked["redirect_uri"]
            or made.rstrip(b"=").decode() != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        said = {
            "iss": self.issuer,
            "sub": "7f3a",
            "aud": "chat",
            "iat": NOON,
            "exp": NOON + 300,
            "nonce": asked["nonce"],
            "preferred_username": "ada",
            **claims,
        }
        return 200, {"id_token": KeySet(self.keys).sign(json.dumps(said).encode())}


@asynccontextmanager
async def a_provider() -> AsyncIterator[Provider]:
    provider = Provider()
    server = await asyncio.start_server(provider.answer, "127.0.0.1", 0)
    async with server:
        provider.port = server.sockets[0].getsockname()[1]
        yield provider
