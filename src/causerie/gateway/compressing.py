"""Open sockets on which permessage-deflate was agreed: what those of ``bridge`` do, and inflating."""

from __future__ import annotations

from typing_extensions import override

from causerie.gateway import framing
from causerie.gateway.bridge import SocketPeer
from causerie.gateway.framing import ProtocolViolation
from causerie.gateway.inflate import InflatingAssembler, Inflation
from causerie.gateway.parser import Frame


class CompressingPeer(SocketPeer):
    """A socket whose client may compress what it says.

    Apart from the others, so that on those a frame costs what it did; and idle it holds no more
    than they do. Its parser lets frames through that are a little larger than the bound: those
    that cannot be compressed grow by it.
    """

    __slots__ = ()

    @override
    def _on_data(self, opcode: int, payload: bytes, fin: bool) -> None:
        limit = self._receiver.max_message_bytes
        if len(payload) > limit and self._assembler is None:
            raise ProtocolViolation(1009, f"more than {limit} bytes")
        super()._on_data(opcode, payload, fin)

    @override
    def _on_special(self, opcode: int, frame: Frame) -> None:
        # RFC 7692 §6: the bit stands on the first frame of a message, and on nothing else.
        is_compressed = frame.rsv1 and not (frame.rsv2 or frame.rsv3)
        if not is_compressed or opcode not in {framing.TEXT, framing.BINARY}:
            super()._on_special(opcode, frame)
        elif self._is_open:
            self._on_compressed(opcode, frame.get_payload_as_bytes(), is_whole=bool(frame.fin))

    def _on_compressed(self, opcode: int, payload: bytes, *, is_whole: bool) -> None:
        limit = self._receiver.max_message_bytes
        if self._assembler is not None:
            raise ProtocolViolation(1002, "a new message inside another")
        if is_whole:
            inflated = Inflation(limit).add(payload, final=True)
            super()._on_data(opcode, inflated, True)  # noqa: FBT003 - RFC 6455's fin
        else:
            self._assembler = InflatingAssembler(limit)
            self._assembler.add(opcode, payload, fin=False)
