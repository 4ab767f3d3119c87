"""The far end of a socket, in memory: it keeps what it is sent, and a test waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
from typing_extensions import override

from causerie.gateway.deflate import Deflation
from causerie.gateway.ports import Peer, Receiver

PATIENCE_SECONDS = 60.0  # Long enough for any machine; a test that waits this long has failed.


class FakePeer(Peer):
    """A peer that reads at once."""

    def __init__(
        self,
        receiver: Receiver,
        *,
        address: str = "192.0.2.9",
        deflation: Deflation | None = None,
    ) -> None:
        self._receiver = receiver
        self._address = address
        self._deflation = deflation
        self._arrived = asyncio.Event()
        self.heard: list[Any] = []  # everything, in order
        self._next = 0
        self.close_code: int | None = None

    @property
    @override
    def address(self) -> str:
        return self._address

    @property
    @override
    def deflation(self) -> Deflation | None:
        return self._deflation

    def open(self) -> None:
        self._receiver.on_open(self)

    def say(self, frame: object) -> None:
        """Send a text message: bytes as they are, anything else as JSON."""
        payload = frame if isinstance(frame, bytes) else msgspec.json.encode(frame)
        self._receiver.on_text(payload)

    def say_binary(self, payload: bytes) -> None:
        self._receiver.on_binary(payload)

    async def hear(self, kind: str) -> Any:
        """Wait for the next frame of a type; frames before it are passed over."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                while self._next < len(self.heard):
                    frame = self.heard[self._next]
                    self._next += 1
                    if frame["type"] == kind:
                        return frame
                self._arrived.clear()
                await self._arrived.wait()

    async def hear_next(self) -> Any:
        """Wait for the next frame, whatever it is."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self._next >= len(self.heard):
                self._arrived.clear()
                await self._arrived.wait()
        self._next += 1
        return self.heard[self._next - 1]

    async def wait_closed(self) -> int:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.close_code is None:
                self._arrived.clear()
                await self._arrived.wait()
        return self.close_code

    # --- as the session sees it ------------------------------------------------------------------

    @override
    def write(self, framed: bytes) -> None:
        self.heard += [msgspec.json.decode(payload) for payload in _payloads(framed)]
        self._arrived.set()

    @override
    def unsent_bytes(self) -> int:
        return 0

    @override
    def close(self, code: int, reason: str = "") -> None:
        if self.close_code is None:
            self.close_code = code
            self._arrived.set()
            self._receiver.on_closed(code)

    @override
    def abort(self) -> None:
        self.close(1006)

    @override
    def pause_reading(self) -> None:
        """Nothing to do: a test says one thing at a time."""

    @override
    def resume_reading(self) -> None:
        """See ``pause_reading``."""


def _payloads(framed: bytes) -> Iterator[bytes]:
    """Take server frames apart (RFC 6455 §5.2): text, final, unmasked."""
    while framed:
        length, at = framed[1], 2
        if length == 126:
            length, at = int.from_bytes(framed[2:4], "big"), 4
        elif length == 127:
            length, at = int.from_bytes(framed[2:10], "big"), 10
        yield framed[at : at + length]
        framed = framed[at + length :]
