"""Calls an application as a server would, without a socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import pytest
from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ASGIApp, ControllerRouterHandler
from typing_extensions import override

from causerie.foundation.clock import SystemClock
from causerie.foundation.errors import Unauthenticated
from causerie.foundation.identity import Principal, UserId
from causerie.gateway.health import Health, HealthCheck
from causerie.gateway.http import PUBLIC, Acting, ClientAddress, build_app
from causerie.gateway.ports import Authenticator


class Answer(msgspec.Struct):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Caller:
    """Sends requests to one application."""

    def __init__(self, app: ASGIApp, peer: str = "127.0.0.1") -> None:
        self.app = app
        self.peer = peer

    async def __call__(
        self,
        method: str,
        target: str,
        body: bytes | Sequence[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        *,
        token: str | None = "good",
    ) -> Answer:
        path, _, query = target.partition("?")
        chunks = [body] if isinstance(body, bytes) else list(body)
        sent = {"host": "chat.example", **(headers or {})}
        if isinstance(body, bytes) and body:
            sent.setdefault("content-length", str(len(body)))
            sent.setdefault("content-type", "application/json")
        if token is not None:
            sent.setdefault("authorization", f"Bearer {token}")
        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in sent.items()],
            "client": (self.peer, 40000),
            "server": ("127.0.0.1", 8080),
            "state": {},
            "extensions": {},
        }
        incoming = [
            {"type": "http.request", "body": chunk, "more_body": index + 1 < len(chunks)}
            for index, chunk in enumerate(chunks)
        ]
        outgoing: list[Any] = []

        async def receive() -> Any:
            return incoming.pop(0) if incoming else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            outgoing.append(message)

        await self.app(scope, receive, send)
        return Answer(
            status=outgoing[0]["status"],
            headers={k.decode().lower(): v.decode() for k, v in outgoing[0]["headers"]},
            body=b"".join(message["body"] for message in outgoing[1:]),
        )


KNOWN = Principal(UserId(7), "ada", "User", "s1", "t1", frozenset({"send"}))


class OneUser(Authenticator):
    """An authenticator that knows the token "good"."""

    @override
    async def authenticate_bearer(self, token: str) -> Principal:
        if token != "good":
            raise Unauthenticated("The token is not known")
        return KNOWN

    @override
    def recall(self, token: str) -> Principal | None:
        return KNOWN if token == "good" else None

    @override
    async def redeem_ticket(self, ticket: str) -> Principal:
        raise Unauthenticated("There are no tickets here")


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body with something of everything."""

    content: str
    number: int = 1
    members: list[int] = []


@post("/api/v2/things")
async def make_thing(data: JSONBody[Draft]) -> Draft:
    """Give back what was sent."""
    return data


@delete("/api/v2/things")
async def drop_things() -> None:
    """Do away with all things; another handler of the same path."""


@get("/api/v2/me")
async def me(principal: Acting) -> dict[str, str]:
    """Say who asks."""
    return {"username": principal.username}


@get("/api/v2/things/{thing_id:str}")
async def thing(thing_id: FromPath[str], limit: FromQuery[int] = 50) -> dict[str, str | int]:
    """Show one thing."""
    return {"thing_id": thing_id, "limit": limit}


@get("/api/v2/search")
async def search(q: FromQuery[str]) -> dict[str, str]:
    """Look for something that must be named."""
    return {"q": q}


@get("/open", opt=PUBLIC)
async def open_to_all(client_address: ClientAddress) -> str:
    """Answer anybody."""
    return client_address


@get("/broken", opt=PUBLIC)
async def broken() -> str:
    """Fail as a bug does."""
    raise RuntimeError("the secret reason")


HANDLERS: list[ControllerRouterHandler] = [
    make_thing,
    drop_things,
    me,
    thing,
    search,
    open_to_all,
    broken,
]


def healthy(*checks: HealthCheck) -> Health:
    return Health(checks, version="1.2.3", environment="test", clock=SystemClock())


@pytest.fixture
def make_health() -> Callable[..., Health]:
    return healthy


@pytest.fixture
def make_caller() -> Callable[..., Caller]:
    def make(
        handlers: Sequence[ControllerRouterHandler] = HANDLERS,
        *,
        peer: str = "127.0.0.1",
        **settings: Any,
    ) -> Caller:
        settings.setdefault("health", healthy())
        return Caller(build_app(handlers, authenticator=OneUser(), **settings), peer)

    return make


@pytest.fixture
def call(make_caller: Callable[..., Caller]) -> Caller:
    return make_caller()
