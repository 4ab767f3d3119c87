"""The echo: what comes is sent back, over the very socket code and settings of the real dialects.

For public conformance suites; it stands on ``/ws/echo`` only where ``testing.echo`` is set.
"""

from __future__ import annotations

from typing_extensions import override

from causerie.gateway.framing import binary_frame, text_frame
from causerie.gateway.ports import Peer, Receiver

MAX_UNSENT_BYTES = 1 << 18  # From here the echo listens no more until its own words are read.


class EchoReceiver(Receiver):
    """Sends every message back: text as text, binary as binary, the same bytes."""

    __slots__ = ("_max_message_bytes", "_peer")

    def __init__(self, max_message_bytes: int) -> None:
        self._max_message_bytes = max_message_bytes
        self._peer: Peer | None = None

    @property
    @override
    def max_message_bytes(self) -> int:
        return self._max_message_bytes

    @override
    def on_open(self, peer: Peer) -> None:
        self._peer = peer

    @override
    def on_text(self, payload: bytes) -> None:
        self._send(text_frame(payload))

    @override
    def on_binary(self, payload: bytes) -> None:
        self._send(binary_frame(payload))

    @override
    def on_writable(self) -> None:
        if self._peer is not None:
            self._peer.resume_reading()

    @override
    def on_closed(self, code: int) -> None:
        self._peer = None

    def _send(self, framed: bytes) -> None:
        if self._peer is None:
            return
        deflation = self._peer.deflation
        self._peer.write(framed if deflation is None else deflation(framed))
        if self._peer.unsent_bytes() > MAX_UNSENT_BYTES:
            self._peer.pause_reading()
