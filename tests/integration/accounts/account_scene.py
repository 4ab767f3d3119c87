"""One node's accounts, spoken to as a server's clients speak to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar.types import ASGIApp

from causerie.accounts import AccountService
from causerie.accounts.wiring import Accounts
from causerie.foundation.events import Event, Events
from tests.fakes.clock import FakeClock

# Argon2id at its cheapest: what is tested here is not how slow a hash is.
CHEAP = {"password_memory_kib": 8, "password_iterations": 1}
PASSWORD = "a horse, a staple"


class Answer(msgspec.Struct):
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes
    set_cookies: tuple[str, ...] = ()

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        return str(self.json()["code"])


class AccountScene:
    """One node's accounts, its clock, what it announced, and its HTTP door."""

    def __init__(self, accounts: Accounts, clock: FakeClock, events: Events, app: ASGIApp) -> None:
        self.accounts = accounts
        self.service: AccountService = accounts.service
        self.clock = clock
        self.events = events
        self.announced: list[Event] = []
        self.app = app

    async def call(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        peer: str = "192.0.2.7",
        scheme: str = "http",
    ) -> Answer:
        """Send one request; ``body`` is bytes, or what JSON is made of."""
        path, _, query = target.partition("?")
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        )
        sent = {"host": "chat.example", "user-agent": "test", **(headers or {})}
        if raw:
            sent |= {"content-length": str(len(raw)), "content-type": "application/json"}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": scheme,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in sent.items()],
            "client": (peer, 40000),
            "server": ("127.0.0.1", 8080),
            "state": {},
            "extensions": {},
        }
        incoming = [{"type": "http.request", "body": raw, "more_body": False}]
        outgoing: list[Any] = []

        async def receive() -> Any:
            return incoming.pop(0) if incoming else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            outgoing.append(message)

        await self.app(scope, receive, send)
        return Answer(
            status=outgoing[0]["status"],
            headers={k.decode().lower(): v.decode() for k, v in outgoing[0]["headers"]},
            body=b"".join(message.get("body", b"") for message in outgoing[1:]),
            set_cookies=tuple(v.decode() for k, v in outgoing[0]["headers"] if k == b"set-cookie"),
        )

    async def register(self, username: str, password: str = PASSWORD, **more: object) -> Answer:
        body = {"username": username, "password": password, **more}
        return await self.call("POST", "/auth/register", body)

    async def login(self, username: str, password: str = PASSWORD) -> Answer:
        return await self.call("POST", "/auth/login", {"username": username, "password": password})

    async def refresh(self, token: str) -> Answer:
        return await self.call("POST", "/auth/refresh", {"refresh_token": token})

    async def me(self, token: str) -> Answer:
        return await self.call("GET", "/api/v2/me", token=token)
