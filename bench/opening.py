"""What a user waits for, of a server that is full: a conversation's last page, and a search, whole.

Over HTTP and over a socket, as a client sees it: the question sent, its answer read.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from websockets.sync.client import ClientConnection, connect

from bench import product
from bench.child import Failed
from causerie.assembly.loadtest.accounts import sign_token

TIMEOUT_SECONDS = 60.0
WORD = "install"
PAGE_MESSAGES = 50


class Waited(msgspec.Struct):
    """One thing that a user does, over and over; milliseconds."""

    what: str
    clock: list[float]


def wait_for_pages(
    data: Path, *, reader: int, room: str, searcher: int, rounds: int
) -> list[Waited]:
    """Serve a data folder, and have two users do what opens a screen. Raises ``Failed``."""
    where = product.place(data)
    now = int(time.time())
    tokens = [sign_token(user, where.secret, now=now) for user in (reader, searcher)]
    with product.serving(where, log=data / "bench.log"):
        page, search = f"/api/v2/conversations/{room}/messages", f"/api/v2/search?q={WORD}"
        with (
            closing(http.client.HTTPConnection("127.0.0.1", where.port)) as asking,
            _socket(where, tokens[0]) as socket,
        ):
            _hear(socket, "hello")
            history = {"conversation_id": room}
            return [
                _waited(
                    "GET .../messages, its newest 50", lambda: _get(asking, page, tokens[0]), rounds
                ),
                _waited("history by a socket", lambda: _ask(socket, "history", history), rounds),
                _waited(
                    "a socket opened and greeted, and its history",
                    lambda: _open(where, tokens[0], history),
                    rounds,
                ),
                _waited(
                    f"GET {search}, in all rooms", lambda: _get(asking, search, tokens[1]), rounds
                ),
            ]


def _waited(what: str, act: Callable[[], Sequence[object]], rounds: int) -> Waited:
    """Do it, once more than it is counted. Raises ``Failed`` where there is not a whole page."""
    clock = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        items = act()
        clock.append((time.perf_counter() - began) * 1000)
        if len(items) != PAGE_MESSAGES:
            raise Failed(f"opening: {what}: {len(items)} of {PAGE_MESSAGES}")
    return Waited(what, clock[1:])


def _get(connection: http.client.HTTPConnection, path: str, token: str) -> Sequence[object]:
    # The standard library's client: others take ten times as long as the server, all told.
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    read = answer.read()
    if answer.status != http.client.OK:
        raise Failed(f"opening: GET {path} was answered {answer.status}")
    items: list[object] = json.loads(read)["items"]
    return items


def _socket(where: product.Place, token: str) -> ClientConnection:
    return connect(
        f"{where.url}/ws/v2",
        additional_headers={"Authorization": f"Bearer {token}"},
        compression=None,
        max_size=None,
        proxy=None,
    )


# Any: what a program of others reads is of no type until it has looked.
def _hear(socket: ClientConnection, kind: str) -> Any:
    while True:
        frame = json.loads(socket.recv(timeout=TIMEOUT_SECONDS))
        if frame["type"] == "error":
            raise Failed(f"opening: {frame['data']}")
        if frame["type"] == kind:
            return frame["data"]


def _ask(socket: ClientConnection, command: str, data: object) -> Sequence[object]:
    socket.send(json.dumps({"type": command, "ref": 1, "data": data}))
    items: list[object] = _hear(socket, "ack")["items"]
    return items


def _open(where: product.Place, token: str, history: object) -> Sequence[object]:
    with _socket(where, token) as socket:
        _hear(socket, "hello")
        return _ask(socket, "history", history)
