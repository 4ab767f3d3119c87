"""An outside program: what PROTOCOL says, the standard library, and nothing of ours.

It shares no code with the server and none with the other tests' clients, so that a mistake that
both sides of a test share cannot hide.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgpack  # type: ignore[import-untyped] # it brings no types
from typing_extensions import override
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.asyncapi import Frames
from tests.processes import Causerie

PASSWORD = "a horse, a staple"
WAIT_SECONDS = 60.0

USER = {"id", "username", "display_name", "role", "created_at"}
SESSION = {"user", "access_token", "refresh_token", "token_type", "expires_in"}
CONVERSATION = {
    *("id", "kind", "name", "visibility", "topic", "peer", "last_seq", "rev", "read_seq"),
    *("unread", "member_count", "created_at"),
}
MESSAGE = {
    *("id", "conversation_id", "seq", "sender", "content", "message_type", "parent_message_id"),
    *("client_id", "created_at", "edited_at", "deleted", "pinned", "reply_count", "last_reply_at"),
    *("reactions", "mentions"),
}
TIME = re.compile(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")

Json = Any  # what an outside program reads is of no type until it has looked
T = TypeVar("T")

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: http.client.HTTPMessage
    body: Json
    text: str


def call(
    server: Causerie,
    method: str,
    path: str,
    body: Json = None,
    *,
    token: str | None = None,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    raw: bytes | None = None,
) -> Answer:
    """Ask over a connection of its own; ``raw`` is sent as it stands, ``body`` as JSON."""
    sent = dict(headers or {})
    payload = raw
    if body is not None:
        payload = json.dumps(body).encode()
    if payload is not None:
        sent.setdefault("Content-Type", "application/json")
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    if key is not None:
        sent["Idempotency-Key"] = key
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_SECONDS)
    with contextlib.closing(connection):
        connection.request(method, path, payload, sent)
        answer = connection.getresponse()
        text = answer.read().decode()
    is_json = "json" in (answer.headers.get("Content-Type") or "")
    return Answer(answer.status, answer.headers, json.loads(text) if is_json else None, text)


def problem_of(answer: Answer) -> tuple[int, str]:
    """Status and code of an error, after a look at the form of its document (RFC 9457)."""
    assert answer.headers["Content-Type"].partition(";")[0] == "application/problem+json", answer
    document = answer.body
    assert {"type", "title", "status", "code"} <= set(document), document
    assert document["status"] == answer.status
    return answer.status, document["code"]


def wrong_fields(answer: Answer) -> list[str]:
    """Name the fields that a readable but wrong body or query had."""
    assert problem_of(answer) == (422, "invalid"), answer
    for error in answer.body["errors"]:
        assert set(error) == {"field", "message"}
    return [error["field"] for error in answer.body["errors"]]


@dataclass
class Person:
    """An account with a session."""

    server: Causerie
    user: Json
    access_token: str
    refresh_token: str

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def name(self) -> str:
        return str(self.user["username"])

    def call(self, method: str, path: str, body: Json = None, **more: Any) -> Answer:
        """Ask with this person's token."""
        return call(self.server, method, path, body, token=self.access_token, **more)

    def get(self, path: str) -> Json:
        """Read what must be there."""
        answer = self.call("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def room(self, *members: Person, visibility: str = "public") -> str:
        """Make a room of some people; gives its id."""
        made = self.call(
            "POST",
            "/api/v2/conversations",
            {
                "kind": "room",
                "name": fresh("room"),
                "visibility": visibility,
                "members": [member.id for member in members],
            },
        )
        assert made.status == 201, made
        return str(made.body["id"])

    def direct(self, other: Person) -> str:
        """Open a direct chat; gives its id."""
        made = self.call("POST", "/api/v2/conversations", {"kind": "direct", "members": [other.id]})
        assert made.status in {200, 201}, made
        return str(made.body["id"])

    def post(self, conversation: str, content: str, **more: Json) -> Json:
        """Send a message that must be taken."""
        answer = self.call(
            "POST", f"/api/v2/conversations/{conversation}/messages", {"content": content, **more}
        )
        assert answer.status in {200, 201}, answer
        return answer.body

    def show(self, conversation: str) -> Json:
        """Look at a conversation."""
        return self.get(f"/api/v2/conversations/{conversation}")

    def history(self, conversation: str, query: str = "") -> Json:
        """Read a page."""
        return self.get(f"/api/v2/conversations/{conversation}/messages{query}")

    @contextlib.contextmanager
    def socket(self, path: str = "/ws/v2", **more: Any) -> Iterator[Socket]:
        """Open a socket by the ``Authorization`` header."""
        with opened(
            self.server, path, headers={"Authorization": f"Bearer {self.access_token}"}, **more
        ) as socket:
            yield socket

    @contextlib.contextmanager
    def greeted(self, **more: Any) -> Iterator[Socket]:
        """Open a socket of v2 and take the hello."""
        with self.socket(**more) as socket:
            socket.frames = frames_of(self.server)
            hello = socket.hear()
            assert hello["type"] == "hello"
            socket.hello = hello["data"]
            yield socket

    def packed(self, **more: Any) -> contextlib.AbstractContextManager[Socket]:
        """Open a socket of v2 in MessagePack and take the hello."""
        return self.greeted(subprotocols=["causerie.v2.msgpack"], kind=PackedSocket, **more)


@dataclass
class Socket:
    """An open WebSocket, heard frame by frame."""

    wire: ClientConnection
    hello: Json = None
    refs: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    frames: Frames | None = None  # of v2: what is heard is held against its description

    def say(self, frame: Json) -> None:
        """Send text or bytes as they stand, anything else as JSON."""
        self.wire.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    def hear(self, seconds: float = WAIT_SECONDS) -> Json:
        """Take the next frame. Raises ``TimeoutError``, ``ConnectionClosed``."""
        frame = self.take(seconds)
        if self.frames is not None:
            self.frames.require_said(frame)
        return frame

    def take(self, seconds: float) -> Json:
        """Take the next frame, whatever it is."""
        return json.loads(self.wire.recv(timeout=seconds))

    def hears_nothing(self, seconds: float) -> bool:
        """Say whether nothing comes for a while: where there is no answer to wait for."""
        try:
            self.hear(seconds)
        except TimeoutError:
            return True
        return False

    def answered(self, kind: str, **data: Json) -> tuple[Json, list[Json]]:
        """Give a command; gives its answer and what came before it."""
        ref = f"outside-{next(self.refs)}"
        self.say({"type": kind, "ref": ref, "data": data})
        before = []
        while (frame := self.hear()).get("ref") != ref:
            before.append(frame)
        if self.frames is not None:
            self.frames.require_said(frame, to=kind)
        return frame, before

    def ask(self, kind: str, **data: Json) -> Json:
        """Give a command that must be acknowledged; gives the data of the answer."""
        answer, _ = self.answered(kind, **data)
        assert answer["type"] == "ack", answer
        assert set(answer) == {"type", "ref", "data"}
        return answer["data"]

    def refusal(self, kind: str, **data: Json) -> str:
        """Give a command that must be refused; gives the code."""
        answer, _ = self.answered(kind, **data)
        assert answer["type"] == "error", answer
        assert set(answer) == {"type", "ref", "data"}
        assert set(answer["data"]) - {"retry_after"} == {"code", "message"}
        return str(answer["data"]["code"])

    def heard(self) -> list[Json]:
        """All that came before the answer to a ping."""
        answer, before = self.answered("ping")
        assert answer == {"type": "ack", "ref": answer["ref"], "data": {}}
        return before

    def until(self, kind: str) -> Json:
        """The data of the next event of a kind; what comes before it is let go."""
        while (frame := self.hear())["type"] != kind:
            assert frame["type"] != "error", frame
        return frame["data"]

    def until_answered(self) -> Json:
        """The next frame that is no event of v2: an answer, or anything of v1."""
        while (frame := self.hear())["type"] in {"hello", "message"}:
            pass
        return frame

    def closed(self, seconds: float = WAIT_SECONDS) -> int:
        """The code with which the server closes; what comes before is let go."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.wire.recv(timeout=seconds)
        assert self.wire.close_code is not None
        return self.wire.close_code


class PackedSocket(Socket):
    """An open WebSocket on which everything is MessagePack in binary frames."""

    @override
    def say(self, frame: Json) -> None:
        """Send text or bytes as they stand, anything else as MessagePack."""
        self.wire.send(frame if isinstance(frame, str | bytes) else msgpack.packb(frame))

    @override
    def take(self, seconds: float) -> Json:
        """Take the next frame, whatever it is."""
        frame = self.wire.recv(timeout=seconds)
        assert isinstance(frame, bytes)
        return msgpack.unpackb(frame)


@contextlib.contextmanager
def opened(
    server: Causerie,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    subprotocols: Sequence[str] | None = None,
    compression: str | None = None,
    kind: type[Socket] = Socket,
) -> Iterator[Socket]:
    """Open a socket with these headers; ``compression`` is None or "deflate"."""
    with connect(
        server.sockets + path,
        additional_headers=headers,
        subprotocols=subprotocols,  # type: ignore[arg-type] # their own NewType of str
        compression=compression,
        ping_interval=None,
        max_size=None,
        open_timeout=WAIT_SECONDS,
        proxy=None,
    ) as wire:
        yield kind(wire)


def upgrade(
    server: Causerie, path: str, *, token: str | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """Ask for an upgrade that will be refused; gives the answer."""
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **(headers or {}),
    }
    return call(server, "GET", path, token=token, headers=asked)


@functools.cache
def frames_of(server: Causerie) -> Frames:
    """What a server says of its sockets."""
    return Frames(call(server, "GET", "/asyncapi.json").body)


def fresh(prefix: str = "u") -> str:
    """A name that nobody has yet."""
    return f"{prefix}-{next(_numbers)}"


def person_of(server: Causerie, session: Json) -> Person:
    """The person whom an answer of ``/auth`` is about."""
    return Person(server, session["user"], session["access_token"], session["refresh_token"])


def newcomer(server: Causerie, name: str | None = None) -> Person:
    """Register."""
    body = {"username": name or fresh(), "password": PASSWORD}
    answer = call(server, "POST", "/auth/register", body)
    assert answer.status == 201, answer
    return person_of(server, answer.body)


def at_once(count: int, act: Callable[[int], T]) -> list[T]:
    """Do the same from several threads at once."""
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(act, range(count)))
