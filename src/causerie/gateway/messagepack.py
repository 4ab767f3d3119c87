"""v2 in MessagePack: the same commands, answers and events, as binary messages.

What the server says is written as JSON by whoever says it, and made over here: of an event once,
when the first who reads MessagePack needs it (3 to 5 µs), so that no slice has every word twice.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from typing_extensions import override

from causerie.foundation.errors import Unreadable
from causerie.foundation.realtime import Variant
from causerie.gateway import v2
from causerie.gateway.errors import Ref
from causerie.gateway.framing import binary_frame, payload_of
from causerie.gateway.session import Session, Work

NAME = "v2.msgpack"
SUBPROTOCOL = "causerie.v2.msgpack"

_pack = msgspec.msgpack.Encoder().encode


def packed(payload: bytes) -> bytes:
    """Frame a JSON payload as MessagePack."""
    return binary_frame(_pack(msgspec.json.decode(payload)))


def _repacked(framed: bytes) -> bytes:
    return packed(payload_of(framed)) if framed else b""


ENCODER: Final = Variant(v2.NAME, _repacked)


class MessagePackV2(v2.V2):
    """Understands binary messages; a text is answered with an error, and the socket stays."""

    _encoding = "MessagePack"
    _nul = b"\0"
    _no_data = b"\x80"

    @property
    @override
    def name(self) -> str:
        return NAME

    @override
    def frame(self, payload: bytes) -> bytes:
        return packed(payload)

    @override
    def received(self, session: Session, payload: bytes) -> None:
        self.refuse_stray(
            session, Unreadable("Text frames need another subprotocol than MessagePack")
        )

    @override
    def received_binary(self, session: Session, payload: bytes) -> Work | None:
        return super().received(session, payload)

    @override
    def _decoder(self, kind: Any) -> msgspec.msgpack.Decoder[Any]:
        return msgspec.msgpack.Decoder(kind)

    @override
    def _ref_of(self, payload: bytes) -> Ref:
        try:
            return v2.ref_in(msgspec.msgpack.decode(payload))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
