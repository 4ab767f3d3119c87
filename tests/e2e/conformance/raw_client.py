"""A WebSocket client that says exactly what a test tells it to, right or wrong."""

from __future__ import annotations

import base64
import os
import socket
import struct
import zlib
from types import TracebackType
from typing import Self

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

Frame = tuple[int, bytes]


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = b"\x11\x22\x33\x44",
    length_form: int | None = None,
) -> bytes:
    """Build any frame; ``length_form`` is 7, 16 or 64 where the shortest is not wanted."""
    form = length_form or (7 if len(payload) < 126 else 16 if len(payload) < 65536 else 64)
    masked = 0 if mask is None else 0x80
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if form == 7:
        head += bytes([masked | len(payload)])
    elif form == 16:
        head += struct.pack("!BH", masked | 126, len(payload))
    else:
        head += struct.pack("!BQ", masked | 127, len(payload))
    if mask is None:
        return head + payload
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return head + mask + number.to_bytes(len(payload), "big")


def deflated(message: bytes, *, window_bits: int = 15, level: int = 6) -> bytes:
    """Compress one message by itself (RFC 7692 §7.2.1)."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -window_bits)
    whole = compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return whole.removesuffix(b"\0\0\xff\xff")


def inflated(payload: bytes) -> bytes:
    """Read one message that was compressed by itself."""
    return zlib.decompressobj(-15).decompress(payload + b"\0\0\xff\xff")


def close_payload(code: int, reason: bytes = b"") -> bytes:
    return struct.pack("!H", code) + reason


class RawClient:
    """One connection, blocking, each wait bounded by ``timeout`` seconds."""

    def __init__(self, address: tuple[str, int], *, timeout: float = 60.0) -> None:
        self.sock = socket.create_connection(address, timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.is_compressing = False  # What it is sent may be compressed (RFC 7692).

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.sock.close()

    def upgrade(self, path: str = "/ws/echo", *, extra: str = "", behind: bytes = b"") -> bytes:
        """Ask for the upgrade; returns the head of the answer. ``behind`` goes in the same send."""
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            f"GET {path} HTTP/1.1\r\nHost: test\r\nConnection: keep-alive, Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"{extra}\r\n"
        )
        self.sock.sendall(request.encode() + behind)
        return self.read_head()

    def read_head(self) -> bytes:
        while b"\r\n\r\n" not in self._buffer:
            received = self.sock.recv(65536)
            if not received:
                raise ConnectionError(f"closed inside the answer's head: {self._buffer!r}")
            self._buffer += received
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return head

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def send_chopped(self, data: bytes, size: int) -> None:
        """Send in TCP writes of ``size`` bytes."""
        for start in range(0, len(data), size):
            self.sock.sendall(data[start : start + size])

    def receive(self) -> Frame:
        """Read one frame. Raises ``ConnectionError`` at the connection's end."""
        first, second = self.read_exactly(2)
        assert first & 0x80, "this server sends no fragments"
        assert not first & (0x30 if self.is_compressing else 0x70), "reserved bits from the server"
        assert not second & 0x80, "masked by the server"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self.read_exactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.read_exactly(8))
        payload = self.read_exactly(length)
        return first & 0xF, inflated(payload) if first & 0x40 else payload

    def receive_close(self) -> tuple[int | None, bytes]:
        """Read the close frame that must come next, and then the end of the connection."""
        opcode, payload = self.receive()
        assert opcode == CLOSE, (opcode, payload[:100])
        self.expect_end()
        return (struct.unpack("!H", payload[:2])[0] if payload else None), payload[2:]

    def expect_end(self) -> None:
        """Require that the server ends the connection, properly, and sends nothing more."""
        rest = self._buffer + self.sock.recv(65536)
        assert rest == b"", rest

    def is_over(self, *, within_seconds: float) -> bool:
        """Wait so long whether the server ends the connection, however rudely."""
        patience = self.sock.gettimeout()
        self.sock.settimeout(within_seconds)
        try:
            return self.sock.recv(65536) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        finally:
            self.sock.settimeout(patience)

    def send_until_stuck(self, data: bytes, *, at_most: int) -> None:
        """Send over and over until the server takes no more. Fails where it takes ``at_most``."""
        sent = 0
        while sent < at_most:
            try:
                self.sock.sendall(data)
            except TimeoutError:
                return
            sent += len(data)
        raise AssertionError(f"the server took {sent} bytes")

    def read_to_end(self) -> bytes:
        """Read all until the server ends the connection."""
        while received := self.sock.recv(65536):
            self._buffer += received
        everything, self._buffer = self._buffer, b""
        return everything

    def read_exactly(self, count: int) -> bytes:
        """Read so many bytes. Raises ``ConnectionError`` where there are fewer."""
        while len(self._buffer) < count:
            received = self.sock.recv(1 << 18)
            if not received:
                raise ConnectionError("the server ended the connection")
            self._buffer += received
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken
