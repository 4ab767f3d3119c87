"""One whole node on a real database, without a port: HTTP by ASGI, sockets by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage
from causerie.assembly.wiring import Node, build_node
from causerie.foundation.cache import Cache
from causerie.foundation.postgres import Database, Endpoint, UnwatchedDisk
from causerie.gateway.ports import Admitted, Refused, UpgradeRequest
from tests.fakes.peer import FakePeer

PASSWORD = "a horse, a staple"


class Answer(msgspec.Struct):
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class User(msgspec.Struct):
    """Somebody with an account."""

    id: int
    username: str
    token: str


class NodeScene:
    """A node that serves."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.peers: list[FakePeer] = []

    async def call(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        user: User | None = None,
        headers: Mapping[str, str] | None = None,
        peer: str = "127.0.0.1",
        is_cut: bool = False,
    ) -> Answer:
        """Send one request; ``body`` is bytes, or what JSON is made of. Cut: hang up after it."""
        path, _, query = target.partition("?")
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        )
        sent = {"host": "chat.example", **(headers or {})}
        if raw:
            sent = {"content-length": str(len(raw)), "content-type": "application/json"} | sent
        if user is not None:
            sent["authorization"] = f"Bearer {user.token}"
        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in sent.items()],
            "client": (peer, 40000),
            "server": ("127.0.0.1", 8080),
            "state": {},
            "extensions": {},
        }
        incoming = [{"type": "http.request", "body": raw, "more_body": is_cut}]
        outgoing: list[Any] = []
        is_answered = asyncio.Event()

        async def receive() -> Any:
            if incoming:
                return incoming.pop(0)
            if not is_cut:
                await is_answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            outgoing.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                is_answered.set()

        await self.node.app(scope, receive, send)
        return Answer(
            status=outgoing[0]["status"],
            headers={k.decode().lower(): v.decode() for k, v in outgoing[0]["headers"]},
            body=b"".join(message.get("body", b"") for message in outgoing[1:]),
        )

    async def make(self, path: str, body: object, *, user: User) -> Any:
        """Have something made that can be; gives what the answer says of it."""
        answer = await self.call("POST", path, body, user=user)
        assert answer.status in {200, 201}, answer.body
        return answer.json()

    async def register(self, username: str) -> User:
        answer = await self.call(
            "POST", "/auth/register", {"username": username, "password": PASSWORD}
        )
        assert answer.status == 201, answer.body
        made = answer.json()
        return User(made["user"]["id"], username, made["access_token"])

    async def connect(self, path: str, user: User) -> FakePeer:
        """Open a socket; nothing has been said on it yet."""
        admitted = await self.admit(path, user)
        assert isinstance(admitted, Admitted), admitted
        peer = FakePeer(admitted.receiver)
        self.peers.append(peer)
        peer.open()
        return peer

    async def admit(self, target: str, user: User | None) -> Admitted | Refused:
        """Ask to be let in; without a user by what the target says alone."""
        path, _, query = target.partition("?")
        return await self.node.doors.admit(
            UpgradeRequest(
                path=path,
                query=dict(parse_qsl(query)),
                authorization=None if user is None else f"Bearer {user.token}",
                origin=None,
                host="chat.example",
                subprotocols=(),
                client="192.0.2.9",
            )
        )


def quick(settings: Settings, folder: Path) -> Settings:
    """Make passwords cheap and limits wide: neither is what is tested here."""
    return replace(
        settings,
        server=replace(settings.server, data_dir=folder, environment="test"),
        security=replace(settings.security, password_memory_kib=8, password_iterations=1),
        limits=replace(settings.limits, auth_attempts_per_minute=0, max_connections_per_user=0),
    )


@asynccontextmanager
async def open_node_scene(
    database: Database, dsn: str, settings: Settings, *, cache: Cache | None = None
) -> AsyncIterator[NodeScene]:
    """Build the node as assembly does, run its workers, and stop them in order."""
    storage = Storage(
        database=database,
        endpoint=Endpoint(dsn, dsn, version="18"),
        disk=UnwatchedDisk(),
        embedded=None,
        cache=cache,
    )
    node = await build_node(settings, storage)
    scene = NodeScene(node)
    node.workers.start()
    try:
        yield scene
    finally:
        for peer in scene.peers:
            peer.close(1001)
        await node.messages.writer.drain(5)
        await node.completion.drain(5)
        await node.crew.finish(5)
        await node.workers.stop(2)
        await node.health.close()
        node.accounts.close()
