"""A client of v2 on an independent WebSocket library, which keeps everything that it is told."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx2
import msgspec
from joserfc import jwt
from joserfc.jwk import OctKey
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.processes import SECRET, Causerie

PASSWORD = "a horse, a staple"
ANSWER_SECONDS = 60.0


class Refused(Exception):  # noqa: N818 - named after the fact
    """The server answered ``error``."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(f"{data['code']}: {data['message']}")
        self.code = data["code"]
        self.data = data


def token_for(user_id: int, *, seconds: int = 3600) -> str:
    """A token signed with the suite's shared secret, as an outside issuer would make it."""
    now = int(time.time())
    claims = {
        "sub": str(user_id),
        "iss": "causerie",
        "aud": "causerie",
        "iat": now,
        "nbf": now,
        "exp": now + seconds,
        "jti": f"test-{user_id}-{time.monotonic_ns()}",
        "sid": f"test-{user_id}",
    }
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))


class Client:
    """One user's socket, which may be lost and opened again; ``seen`` outlives that."""

    def __init__(self, server: Causerie, token: str) -> None:
        self.server = server
        self.token = token
        self.hello: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []  # every event but hello, in order
        self.seen: dict[str, list[dict[str, Any]]] = {}  # messages by conversation, in order
        self._held: dict[str, int] = {}  # last seq by conversation, when the socket was opened
        self._rewinding: dict[int, dict[str, int]] = {}  # by ref of a subscribe on its way
        self._refs = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._socket: ClientConnection | None = None
        self._listener: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self.close_code: int | None = None

    # --- the socket ------------------------------------------------------------------------------

    async def open(self, path: str = "/ws/v2") -> dict[str, Any]:
        """Connect and take the hello."""
        self._held = {name: self.last_seq(name) for name in self.seen}
        self._rewinding.clear()
        self._socket = await connect(
            self.server.sockets + path,
            additional_headers={"Authorization": f"Bearer {self.token}"},
            max_queue=None,
            ping_interval=None,
            compression=None,
            open_timeout=ANSWER_SECONDS,
        )
        first = msgspec.json.decode(await asyncio.wait_for(self._socket.recv(), ANSWER_SECONDS))
        assert first["type"] == "hello", first
        self.hello = first["data"]
        self.close_code = None
        self._listener = asyncio.create_task(self._listen(self._socket))
        return self.hello

    async def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            await self._socket.close()
        if self._listener is not None:
            await self._listener

    async def gone(self) -> int | None:
        """Wait until the server or the network has ended the socket; gives the close code."""
        assert self._listener is not None
        await self._listener
        return self.close_code

    async def _listen(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for frame in socket:
                await self._take(msgspec.json.decode(frame))
        self.close_code = socket.close_code
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the socket is gone"))
        self._answers.clear()
        async with self._news:
            self._news.notify_all()

    async def _take(self, frame: dict[str, Any]) -> None:
        if frame["type"] in {"ack", "error"} and frame["ref"] in self._answers:
            answer = self._answers.pop(frame["ref"])
            if answer.done():
                return
            self._forget_what_comes_again(frame)
            if frame["type"] == "ack":
                answer.set_result(frame["data"])
            else:
                answer.set_exception(Refused(frame["data"]))
            return
        self.events.append(frame)
        if frame["type"] == "message":
            message = frame["data"]
            self.seen.setdefault(message["conversation_id"], []).append(message)
        async with self._news:
            self._news.notify_all()

    # --- commands --------------------------------------------------------------------------------

    async def call(self, command: str, **data: Any) -> Any:
        """Give a command and wait for its answer. Raises ``Refused`` or ``ConnectionError``."""
        return await asyncio.wait_for(await self.start(command, **data), ANSWER_SECONDS)

    async def start(self, command: str, **data: Any) -> asyncio.Future[Any]:
        """Send a command; the answer comes in the future."""
        assert self._socket is not None
        ref = next(self._refs)
        if command == "subscribe":
            self._rewinding[ref] = data["since"]
        answer = self._answers[ref] = asyncio.get_running_loop().create_future()
        # Who asks need not wait: an answer that nobody takes is not an error of the test.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        frame = msgspec.json.encode({"type": command, "ref": ref, "data": data})
        try:
            await self._socket.send(frame.decode())
        except ConnectionClosed as error:
            raise ConnectionError("the socket is gone") from error
        return answer

    async def send(self, conversation_id: str, content: str, **more: Any) -> dict[str, Any]:
        """Send a message and wait for its acknowledgement."""
        answer: dict[str, Any] = await self.call(
            "send_message", conversation_id=conversation_id, content=content, **more
        )
        return answer

    async def resume(self, *conversations: str) -> dict[str, Any]:
        """Subscribe from what was seen last before the socket was opened."""
        since = {name: self.held(name) for name in conversations or self.seen}
        pending = await self.start("subscribe", since=since)
        answer: dict[str, Any] = await asyncio.wait_for(pending, ANSWER_SECONDS)
        return answer

    def _forget_what_comes_again(self, frame: dict[str, Any]) -> None:
        # Live messages are held for a subscribe for 250 ms only: who is later than that has seen
        # some, and is sent everything from ``since`` on again.
        since = self._rewinding.pop(frame["ref"], {})
        for name, seq in since.items() if frame["type"] == "ack" else ():
            self.seen[name] = [m for m in self.seen.get(name, []) if m["seq"] <= seq]

    def held(self, conversation_id: str) -> int:
        """The newest message that had been seen when the socket was opened."""
        return self._held.get(conversation_id, 0)

    def last_seq(self, conversation_id: str) -> int:
        """The newest message that was seen."""
        seen = self.seen.get(conversation_id)
        return seen[-1]["seq"] if seen else 0

    def seqs(self, conversation_id: str) -> list[int]:
        """The numbers of the messages that were seen, in the order in which they came."""
        return [message["seq"] for message in self.seen.get(conversation_id, [])]

    async def until(self, conversation_id: str, seq: int, *, seconds: float = 60.0) -> None:
        """Wait until a message of a conversation has come."""
        await self.until_true(lambda: self.last_seq(conversation_id) >= seq, seconds=seconds)

    async def until_event(self, kind: str, *, seconds: float = 60.0) -> dict[str, Any]:
        """Wait for the first event of a kind that came, or comes."""
        await self.until_true(lambda: self.of_kind(kind) != [], seconds=seconds)
        return self.of_kind(kind)[0]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """The data of all events of a kind so far."""
        return [event["data"] for event in self.events if event["type"] == kind]

    async def until_true(self, condition: Any, *, seconds: float) -> None:
        """Wait for a condition on what has come."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: condition() or self._is_gone())
        if not condition():
            raise ConnectionError(f"the socket is gone ({self.close_code})")

    def _is_gone(self) -> bool:
        return self._listener is not None and self._listener.done()


class Http:
    """One user's calls over HTTP."""

    def __init__(self, server: Causerie, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.session = httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=60)

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Call and give the JSON answer. Raises ``Refused`` for a problem document."""
        answer = await self.session.request(
            method, path, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        if answer.status_code >= 400:
            problem = answer.json()
            raise Refused({"message": problem.get("detail"), **problem})
        return answer.json() if answer.content else None


async def register(server: Causerie, username: str) -> dict[str, Any]:
    """Make an account; gives what ``/auth/register`` answers."""
    http = Http(server)
    async with http.session:
        made: dict[str, Any] = await http.call(
            "POST", "/auth/register", {"username": username, "password": PASSWORD}
        )
        return made


@asynccontextmanager
async def opened(server: Causerie, token: str) -> AsyncIterator[Client]:
    """A client that is connected."""
    client = Client(server, token)
    await client.open()
    try:
        yield client
    finally:
        await client.close()
