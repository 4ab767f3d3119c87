"""What comes in compressed (RFC 7692 §7.2.2): inflated as it arrives, and never past a bound."""

from __future__ import annotations

import zlib

from typing_extensions import override

from causerie.gateway import framing
from causerie.gateway.deflate import TAIL, WIDEST_BITS
from causerie.gateway.framing import ProtocolViolation

# What deflate adds to bytes that cannot be compressed, with the smallest blocks that zlib makes.
MAX_GROWTH_SHIFT = 4
MAX_GROWTH_BYTES = 64
# §7.2.3.4 allows blocks that end their stream; after each another inflater begins.
MAX_STREAMS = 64

_END = b"\x03\x00"  # An empty block that ends the stream: taken only where all before it was whole.


def largest_deflated_bytes(max_message_bytes: int) -> int:
    """How large a message at the bound may be on the wire."""
    return max_message_bytes + (max_message_bytes >> MAX_GROWTH_SHIFT) + MAX_GROWTH_BYTES


class Inflation:
    """One compressed message while it arrives. An inflater is 40 KB; it goes with the message."""

    __slots__ = ("_inflater", "_last", "_max_message_bytes", "_room", "_streams")

    def __init__(self, max_message_bytes: int) -> None:
        self._max_message_bytes = max_message_bytes
        self._room = max_message_bytes
        self._inflater = zlib.decompressobj(-WIDEST_BITS)  # It reads smaller windows as well.
        self._streams = 1
        self._last = b""  # byte of what came

    def add(self, payload: bytes, *, final: bool) -> bytes:
        """Inflate one frame's payload.

        Raises ``ProtocolViolation``: 1007 for what is not deflate or is cut off, 1009 as soon as
        the message is larger than the bound, of which one byte more is ever inflated.
        """
        inflated = self._inflate(payload)
        self._last = payload[-1:] or self._last
        if final and not self._inflater.eof:
            # A last byte of all ones is no header's: then nothing was left out (some libraries cut
            # nothing off an empty last fragment), and a second tail would spoil what is whole.
            is_whole = self._last in {b"", b"\xff"}
            inflated += self._inflate(_END if is_whole else TAIL + _END)
            if not self._inflater.eof:
                raise ProtocolViolation(1007, "the compressed data is cut off")
        return inflated

    def _inflate(self, deflated: bytes) -> bytes:
        parts: list[bytes] = []
        while True:
            try:
                # One byte past the bound shows that it is passed; 0 would mean without bound.
                part = self._inflater.decompress(deflated, self._room + 1)
            except zlib.error as error:
                raise ProtocolViolation(1007, "the data is not compressed as agreed") from error
            self._room -= len(part)
            if self._room < 0:
                raise ProtocolViolation(1009, f"more than {self._max_message_bytes} bytes")
            parts.append(part)
            deflated = self._inflater.unused_data
            if not deflated:
                return b"".join(parts)
            self._begin_stream()

    def _begin_stream(self) -> None:
        self._streams += 1
        if self._streams > MAX_STREAMS:
            raise ProtocolViolation(1007, "too many ends in one compressed message")
        self._inflater = zlib.decompressobj(-WIDEST_BITS)


class InflatingAssembler(framing.Assembler):
    """Puts the fragments of one compressed message together (§6.2)."""

    __slots__ = ("_inflation",)

    def __init__(self, max_message_bytes: int) -> None:
        super().__init__(max_message_bytes)
        self._inflation = Inflation(max_message_bytes)

    @override
    def add(self, opcode: int, payload: bytes, *, fin: bool) -> tuple[int, bytes] | None:
        if opcode == framing.CONTINUATION or self.is_idle:
            payload = self._inflation.add(payload, final=fin)
        return super().add(opcode, payload, fin=fin)
