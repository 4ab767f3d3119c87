"""Thousands of readers in one process: a WebSocket client that looks at each message once.

A room's frame has the same bytes for all who read it. So whoever sees a payload first decodes it
and has it judged; for everyone after that it is a dictionary's lookup and a number to compare.
The frames are parsed here, not by the server's own code, so that they do not err together.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, cast

import msgspec
from typing_extensions import override

MAX_COMPLAINTS = 20  # More of them say nothing new.
ANSWER_SECONDS = 60.0

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A  # FIN and opcode, RFC 6455 §5.2
Json = Mapping[str, Any]


class Judge(Protocol):
    """Knows what a room's messages must be."""

    name: str

    def judge(self, message: Json) -> str | None:
        """Give what is wrong with a message that nobody has seen yet, or ``None``."""
        ...


class Ledger:
    """What all readers were told, and what is wrong with it."""

    def __init__(self) -> None:
        self.rooms: dict[str, Judge] = {}
        self.known: dict[bytes, tuple[str, int]] = {}  # payload of a message: its room and seq
        self.awaited = 0  # deliveries and acknowledgements that have not come yet
        self.complaints: list[str] = []
        self.over = asyncio.Event()  # All has come, or something is wrong.

    def complain(self, what: str) -> None:
        if len(self.complaints) < MAX_COMPLAINTS:
            self.complaints.append(what)
        self.over.set()

    def came(self, number: int) -> None:
        """Count what was awaited and has come."""
        self.awaited -= number
        if self.awaited <= 0:
            self.over.set()

    def learn(self, payload: bytes, message: Json) -> tuple[str, int] | None:
        """Judge a payload that nobody has seen yet; ``None`` where it is wrong."""
        place: tuple[str, int] = message["conversation_id"], message["seq"]
        room = self.rooms.get(place[0])
        wrong = "no such room" if room is None else room.judge(message)
        if wrong is not None:
            self.complain(f"{room.name if room else place[0]}, seq {place[1]}: {wrong}")
            return None
        self.known[payload] = place
        return place


class Reader(asyncio.Protocol):
    """One user's socket: every message of its rooms must come once, in order."""

    def __init__(self, ledger: Ledger, name: str, rooms: Iterable[str]) -> None:
        self.name = name
        self.next_seq = dict.fromkeys(rooms, 1)
        self._ledger = ledger
        self._answers: dict[int, Callable[[Json], None]] = {}
        self._refs = itertools.count(1)
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._opened: asyncio.Future[None] | None = None
        self._closed = asyncio.Event()
        self._is_upgraded = False
        self._is_leaving = False

    # --- the connection --------------------------------------------------------------------------

    async def open(self, host: str, port: int, token: str) -> None:
        """Connect, upgrade, and wait for the hello. Raises ``OSError``."""
        loop = asyncio.get_running_loop()
        self._opened = loop.create_future()
        await loop.create_connection(lambda: self, host, port)
        assert self._transport is not None
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET /ws/v2 HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {token}\r\n\r\n".encode()
        )
        await asyncio.wait_for(self._opened, ANSWER_SECONDS)

    async def hang_up(self) -> None:
        """Drop the connection, and wait until its descriptor is free."""
        self._is_leaving = True
        if self._transport is not None:
            self._transport.abort()
            await self._closed.wait()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so.

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()
        if not self._is_leaving:
            self._fail(f"the connection is lost ({exc or 'end of file'})")

    def _fail(self, what: str) -> None:
        self._ledger.complain(f"{self.name}: {what}")
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(ConnectionError(f"{self.name}: {what}"))

    # --- what comes ------------------------------------------------------------------------------

    @override
    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        start = 0
        if not self._is_upgraded:
            start = data.find(b"\r\n\r\n") + 4
            if start < 4:
                self._rest = data
                return
            self._is_upgraded = True
            if not data.startswith(b"HTTP/1.1 101 "):
                self._fail(f"refused: {data[:500]!r}")
        self._rest = data[self.read_frames(data, start) :]

    def read_frames(self, data: bytes, start: int) -> int:
        """Take whole frames (RFC 6455 §5.2; a server's are not masked); gives where they end."""
        known, next_seq = self._ledger.known, self.next_seq
        size, came = len(data), 0
        while start + 2 <= size:
            length, body = data[start + 1], start + 2
            if length > 125:
                body += 2 if length == 126 else 8
                length = int.from_bytes(data[start + 2 : body], "big")
            end = body + length
            if end > size or body > size:
                break
            first, payload = data[start], data[body:end]
            start = end
            place = known.get(payload)
            if place is None or first != TEXT:
                place = self._take_unknown(first, payload)
                if place is None:
                    continue
            room, seq = place
            if next_seq.get(room) == seq:
                next_seq[room] = seq + 1
                came += 1
            else:
                self._complain_of(room, seq)
        if came:
            self._ledger.came(came)
        return start

    def _complain_of(self, room: str, seq: int) -> None:
        expected = self.next_seq.get(room)
        if expected is None:
            what = "is no member"
        elif seq > expected:
            what = f"had only what is before {expected}: lost, or out of order"
        else:
            what = f"had what is before {expected}: repeated, or out of order"
        name = self._ledger.rooms[room].name
        self._ledger.complain(f"{name}, seq {seq}: {self.name}, who got it, {what}")

    def _take_unknown(self, first: int, payload: bytes) -> tuple[str, int] | None:
        """Take what is no known message; gives its place if it is a new one."""
        if first == TEXT:
            frame = msgspec.json.decode(payload)
            if frame["type"] == "message":
                return self._ledger.learn(payload, frame["data"])
            self._take_answer(frame)
        elif first == PING:
            self._write(PONG, payload)
        elif first == CLOSE:
            self._fail(f"closed: {int.from_bytes(payload[:2], 'big')} {payload[2:]!r}")
        else:
            self._fail(f"got a frame that begins with {first:#x}")
        return None

    def _take_answer(self, frame: Json) -> None:
        if frame["type"] == "hello" and self._opened is not None:
            self._opened.set_result(None)
        elif frame["type"] == "ack":
            self._answers.pop(frame["ref"])(frame["data"])
        elif frame["type"] == "error":
            self._fail(f"got an error: {frame['data']}")

    # --- what goes -------------------------------------------------------------------------------

    def command(self, kind: str, data: Json, answer: Callable[[Json], None]) -> None:
        """Give a command; ``answer`` is called with what is acknowledged."""
        ref = next(self._refs)
        self._answers[ref] = answer
        self._write(TEXT, msgspec.json.encode({"type": kind, "ref": ref, "data": data}))

    async def reach(self) -> None:
        """Wait until all that the server has written so far is here."""
        answered = asyncio.Event()
        self.command("ping", {}, lambda _: answered.set())
        await asyncio.wait_for(answered.wait(), ANSWER_SECONDS)

    def _write(self, first: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = bytes((first, 0x80 | size))
        else:
            head = bytes((first, 0x80 | 126)) + size.to_bytes(2, "big")
        mask = os.urandom(4)  # RFC 6455 §5.3
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        assert self._transport is not None
        self._transport.write(
            head + mask + (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")
        )
