"""A stream of events as a session's peer: what the hub brings goes out as the caller takes it."""

from __future__ import annotations

import asyncio
from collections import deque

from typing_extensions import override

from causerie.gateway import closing
from causerie.gateway.bridge import CLOSE_TIMEOUT_SECONDS
from causerie.gateway.deflate import Deflation
from causerie.gateway.grpc.requests import Context
from causerie.gateway.grpc.tongue import pieces
from causerie.gateway.ports import Peer
from causerie.gateway.session import EASY_UNSENT_BYTES, Session
from causerie.gateway.sweeper import STALLED_SECONDS

ABNORMAL = closing.ABNORMAL.code


class StreamPeer(Peer):
    """The far end of one stream. All of it runs on the loop's thread."""

    deflation: Deflation | None = None

    def __init__(self, address: str) -> None:
        self._address = address
        self._waiting: deque[bytes] = (
            deque()
        )  # Bounded by the session: MAX_UNSENT_BYTES and a write.
        self._unsent_bytes = 0
        self._stirred = asyncio.Event()
        self._patience: asyncio.Timeout | None = None
        self.end: tuple[int, str] | None = None

    @property
    @override
    def address(self) -> str:
        return self._address

    @override
    def write(self, framed: bytes) -> None:
        if self.end is None:
            self._waiting.append(framed)
            self._unsent_bytes += len(framed)
            self._stirred.set()

    @override
    def unsent_bytes(self) -> int:
        return self._unsent_bytes

    @override
    def close(self, code: int, reason: str = "") -> None:
        if self.end is not None:
            return
        self.end = (code, reason)
        self._stirred.set()
        if self._patience is not None:
            # What is on its way is waited for no longer than a socket's closing handshake.
            until = asyncio.get_running_loop().time() + CLOSE_TIMEOUT_SECONDS
            self._patience.reschedule(min(until, self._patience.when() or until))

    @override
    def abort(self) -> None:
        self.close(ABNORMAL)
        self._waiting.clear()

    @override
    def pause_reading(self) -> None:
        """Nothing to do: a caller sends one message."""

    @override
    def resume_reading(self) -> None:
        """Nothing to do."""

    async def carry(self, context: Context, session: Session) -> tuple[int, str]:
        """Write until the end comes: the close code and what is said of it.

        A write that the caller does not take in ``STALLED_SECONDS`` is the end as well.
        """
        try:
            while self.end is None or self._waiting:
                if not self._waiting:
                    self._stirred.clear()
                    await self._stirred.wait()
                    continue
                await self._send(context, self._waiting.popleft(), session)
        except TimeoutError:
            if self.end is None:
                session.let_go()
        return self.end or (closing.SLOW_READER.code, "Too slow; resume")

    async def _send(self, context: Context, framed: bytes, session: Session) -> None:
        for piece in pieces(framed):
            seconds = STALLED_SECONDS if self.end is None else CLOSE_TIMEOUT_SECONDS
            try:
                async with asyncio.timeout(seconds) as self._patience:
                    await context.write(piece)
            finally:
                self._patience = None
            self._unsent_bytes -= len(piece)
            if self._unsent_bytes <= EASY_UNSENT_BYTES:
                session.on_writable()
