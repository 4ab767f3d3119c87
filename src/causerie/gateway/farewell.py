"""The last seconds of a connection: what was written arrives, what still comes is thrown away."""

from __future__ import annotations

import asyncio

from typing_extensions import override

LINGER_SECONDS = 3.0  # The same patience as for a close frame's answer.
TLS_LINGER_SECONDS = 0.2  # TLS knows no half-closed connection: the peer learns it by our close.


class Farewell(asyncio.Protocol):
    """Ends a connection so that the last bytes written reach the peer.

    Closing a TCP socket with unread bytes in it sends a reset, which can overtake the close frame
    or the HTTP answer. So we close our half, throw away what comes, and close when the peer does.
    """

    __slots__ = ("_leaving", "_timer", "_transport")

    def __init__(self, transport: asyncio.Transport, leaving: set[Farewell]) -> None:
        self._transport = transport
        self._leaving = leaving
        loop = asyncio.get_running_loop()
        if transport.can_write_eof():
            transport.write_eof()
            self._timer = loop.call_later(LINGER_SECONDS, transport.abort)
        else:
            self._timer = loop.call_later(TLS_LINGER_SECONDS, self._close_tls)
        leaving.add(self)

    @classmethod
    def begin(cls, transport: asyncio.Transport, leaving: set[Farewell]) -> None:
        """Take a transport over from its protocol; ``leaving`` counts those under way."""
        if transport.is_closing():
            return
        transport.set_protocol(cls(transport, leaving))
        transport.resume_reading()

    @override
    def data_received(self, data: bytes) -> None:
        """Throw it away."""

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._leaving.discard(self)

    def abort(self) -> None:
        """End it now."""
        self._transport.abort()

    def _close_tls(self) -> None:
        self._transport.close()
        self._timer = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._transport.abort)
