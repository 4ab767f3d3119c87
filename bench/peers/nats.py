"""A load generator's connection to NATS over its WebSocket: the protocol of docs.nats.io, in short.

NATS numbers nothing and acknowledges nothing. The publisher (one per room) numbers its messages in
their text, and a message is done when it comes back to him.
"""

from __future__ import annotations

import asyncio
from time import perf_counter_ns

from typing_extensions import override

from causerie.assembly.loadtest.connection import Connection
from causerie.assembly.loadtest.stream import NOT_FOLLOWING
from causerie.assembly.loadtest.wire import Hearer, Tongue, stamp_of

NUMBER_DIGITS = 10
HELLO = (
    b'CONNECT {"verbose":false,"pedantic":false,"echo":true,"protocol":1}\r\nSUB %s 1\r\nPING\r\n'
)
LINE_END = b"\r\n"


class Nats(Tongue):
    """Unused: ``NatsConnection`` writes and reads by itself, since NATS' frames hold many messages."""

    @override
    def encode_send(self, room: str, ref: int, content: str) -> bytes:
        return f"PUB {room} {len(content)}\r\n{content}\r\n".encode()

    @override
    def hear(self, payload: bytes, hearer: Hearer) -> None:
        raise NotImplementedError("NatsConnection.hear reads the stream, not single frames")


class NatsConnection(Connection):
    """Follows the room by the bytes of the NATS stream, whatever frames they come in."""

    _numbered = 0

    @override
    def tap(self, underlying: asyncio.Transport) -> None:
        self._refs: dict[int, int] = {}

    @override
    def send(self, ref: int, content: str) -> None:
        self._numbered += 1
        self._refs[self._numbered] = ref
        text = f"{self._numbered:0{NUMBER_DIGITS}d} {content[: -NUMBER_DIGITS - 1]}"
        super().send(ref, text)

    @override
    def hear(self, payload: bytes) -> None:
        self._now_ns = perf_counter_ns()
        if self.position != NOT_FOLLOWING:
            # Who waits for his own messages must see each of them.
            if not self._refs and self.follow(payload, self._now_ns):
                return
            self.begun = self.leave()
        data = self.begun + payload
        done = self._take_all(data)
        self.begun = data[done:]
        if not self.begun and self.ready.done():
            self.rejoin()

    def _take_all(self, data: bytes) -> int:
        """Returns how many bytes were whole messages."""
        at = 0
        while (line_end := data.find(LINE_END, at)) >= 0:
            end = line_end + len(LINE_END)
            if data.startswith(b"MSG ", at):
                body = end
                end = body + int(data[data.rindex(b" ", at, line_end) + 1 : line_end]) + 2
                if end > len(data):
                    break
                self._take_message(data[body : end - 2].decode(), data[at:end])
            else:
                self._take_control(data[at:line_end])
            at = end
        return at

    def _take_message(self, text: str, framed: bytes) -> None:
        seq = int(text[:NUMBER_DIGITS])
        self.meet(seq, framed, stamp_of(text[NUMBER_DIGITS + 1 :]), self._now_ns)
        ref = self._refs.pop(seq, None)
        if ref is not None:
            self.on_ack(ref)

    def _take_control(self, line: bytes) -> None:
        if line.startswith(b"INFO"):
            self.write(HELLO % self.room.name.encode())
        elif line == b"PING":
            self.write(b"PONG\r\n")
        elif line == b"PONG":
            self.on_ready()
        elif line.startswith(b"-ERR"):
            self.on_error(None, line.decode(), 0.0)
