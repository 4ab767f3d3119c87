"""A user with a good token, and tokens that differ from it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from causerie.foundation.errors import Unauthenticated
from tests.integration.accounts.account_scene import AccountScene

SECRET = "0123456789abcdef0123456789abcdef"
Change = Callable[[dict[str, Any]], object]


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=="))
    return found


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, payload, signature = token.split(".")
    return unb64(header), unb64(payload), signature


class TokenScene:
    """A user with a good token, and tokens that differ from it."""

    def __init__(self, scene: AccountScene, token: str) -> None:
        self.scene = scene
        self.token = token
        self.header, self.claims, self.signature = parts_of(token)

    def signed(self, change: Change) -> str:
        """A token that our own key has signed, with other claims."""
        claims = dict(self.claims)
        change(claims)
        return self.scene.service._tokens._signer.sign(msgspec.json.encode(claims))

    def put_together(
        self, header: dict[str, Any], signature: Callable[[bytes], bytes] = lambda _: b""
    ) -> str:
        head = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(self.claims).encode())}"
        return f"{head}.{b64(signature(head.encode()))}"

    async def refusal_of(self, token: str) -> str:
        assert self.scene.service.recall(token) is None
        with pytest.raises(Unauthenticated) as caught:
            await self.scene.service.authenticate_bearer(token)
        answer = await self.scene.me(token)
        if token.isascii():
            assert (answer.status, answer.code) == (401, "unauthenticated")
        return type(caught.value).__name__
