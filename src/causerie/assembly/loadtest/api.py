"""The server's HTTP API, as far as preparing a load test needs it."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable
from typing import Self, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

TIMEOUT_SECONDS = 60.0  # Making a room of a thousand members is one transaction and takes a while.
MAX_WAITS = 20_000  # At ten registrations a minute this is more than a day; then we give up.

T = TypeVar("T")
Progress = Callable[[str], None]


class Unprepared(Exception):  # noqa: N818 - named after the fact, like every refusal of the house
    """The server did not let us make what the load test needs."""


class User(msgspec.Struct, frozen=True):
    """Who one is on the server."""

    id: int
    username: str = ""


class Login(msgspec.Struct, frozen=True):
    """What registering and logging in answer."""

    user: User
    access_token: str


class Users(msgspec.Struct, frozen=True):
    """What looking for a user answers."""

    items: list[User]


class Room(msgspec.Struct, frozen=True):
    """A conversation, as far as it matters here."""

    id: str
    last_seq: int


class _Anything(msgspec.Struct, frozen=True):
    """An answer of which nothing is needed."""


class Api:
    """One kept-alive HTTP connection; blocking, for the time before any socket is open."""

    def __init__(self, socket_url: str, progress: Progress) -> None:
        parts = urlsplit(socket_url)
        self._progress = progress
        self._connection: http.client.HTTPConnection
        if parts.scheme == "wss":
            self._connection = http.client.HTTPSConnection(
                parts.netloc, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            self._connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def register(self, username: str, password: str) -> Login:
        """Make an account."""
        body = {"username": username, "password": password}
        return self._call("POST", "/auth/register", Login, body=body)

    def login(self, username: str, password: str) -> Login:
        """Log in with a password."""
        body = {"username": username, "password": password}
        return self._call("POST", "/auth/login", Login, body=body)

    def user_named(self, username: str, token: str) -> User:
        """Find a user. Raises ``Unprepared`` where there is none."""
        path = f"/api/v2/users?username={quote(username)}"
        found = self._call("GET", path, Users, token=token).items
        if not found:
            raise Unprepared(f"the server knows no user {username}; import the accounts first")
        return found[0]

    def make_room(self, name: str, members: list[int], token: str) -> Room:
        """Make a private room; its maker is a member, too."""
        body = {"kind": "room", "name": name, "visibility": "private", "members": members}
        return self._call("POST", "/api/v2/conversations", Room, token=token, body=body)

    def send(self, room: str, content: str, token: str) -> None:
        """Send a message without a socket."""
        path = f"/api/v2/conversations/{room}/messages"
        self._call("POST", path, _Anything, token=token, body={"content": content})

    def _call(
        self, method: str, path: str, answer: type[T], *, token: str = "", body: object = None
    ) -> T:
        """Ask, waiting as long as a limit says. Raises ``Unprepared`` with the server's own words."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        payload = None if body is None else json.dumps(body)
        for _ in range(MAX_WAITS):
            try:
                self._connection.request(method, path, payload, headers)
                response = self._connection.getresponse()
                content = response.read()
            except http.client.HTTPException as error:
                raise Unprepared(f"{method} {path}: not an HTTP answer ({error})") from error
            if response.status != 429:
                break
            wait = float(response.headers.get("Retry-After", "1"))
            self._progress(f"the server limits {method} {path}; waiting {wait:.0f} s")
            time.sleep(wait)
        if not 200 <= response.status < 300:
            text = content.decode(errors="replace")
            raise Unprepared(f"{method} {path} was answered with {response.status}: {text}")
        try:
            return msgspec.json.decode(content, type=answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unprepared(f"{method} {path} was not answered as Causerie does") from error
