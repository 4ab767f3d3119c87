"""How a server under load is spoken to: causerie's own v2, and the port that other servers fill."""

from __future__ import annotations

from typing import Protocol

import msgspec
from typing_extensions import override

STAMP_DIGITS = 20  # perf_counter_ns of any machine, zero-padded, and a space after it


class Hearer(Protocol):
    """One connection of the generator, as a tongue tells it what has come."""

    def on_ready(self) -> None:
        """The server has let us in and sends from now on."""
        ...

    def on_message(self, room: str, seq: int, content: str, framed: bytes) -> None:
        """A room's message; ``framed`` is it as the server sends it to all, its header included."""
        ...

    def on_ack(self, ref: int) -> None:
        """Our send with this ``ref`` is done."""
        ...

    def on_error(self, ref: int | None, code: str, retry_after: float) -> None:
        """The server refused; ``retry_after`` in seconds, 0 where it says nothing."""
        ...


class Speaker(Protocol):
    """One connection of the generator, as the pacing uses it."""

    open: bool

    def send(self, ref: int, content: str) -> None:
        """Send one message to the room."""
        ...


class Outcomes(Protocol):
    """Who hears how sends fared."""

    def on_ack(self, speaker: Speaker, ref: int) -> None:
        """The send is done."""
        ...

    def on_error(self, speaker: Speaker, ref: int | None, code: str, retry_after: float) -> None:
        """The send was refused, or where ``ref`` is None something else."""
        ...


class Tongue(Protocol):
    """A protocol, as far as a load generator needs it: one message in, and what comes back."""

    def encode_send(self, room: str, ref: int, content: str) -> bytes:
        """The payload of one text frame that sends ``content``."""
        ...

    def hear(self, payload: bytes, hearer: Hearer) -> None:
        """Tell ``hearer`` what one text frame says. Raises ``ValueError`` for what is unreadable."""
        ...


class _Data(msgspec.Struct, gc=False):
    seq: int = 0
    conversation_id: str = ""
    content: str = ""
    code: str = ""
    retry_after: float = 0.0


class _Frame(msgspec.Struct, gc=False):
    type: str
    data: _Data
    ref: int | None = None


class _Send(msgspec.Struct, gc=False, tag_field="type", tag="send_message"):
    ref: int
    data: _SendData


class _SendData(msgspec.Struct, gc=False):
    conversation_id: str
    content: str


class V2(Tongue):
    """causerie.v2.json (``/ws/v2``)."""

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(_Frame).decode
        self._encode = msgspec.json.Encoder().encode

    @override
    def encode_send(self, room: str, ref: int, content: str) -> bytes:
        return self._encode(_Send(ref, _SendData(room, content)))

    @override
    def hear(self, payload: bytes, hearer: Hearer) -> None:
        frame = self._decode(payload)
        data = frame.data
        if frame.type == "message":
            hearer.on_message(data.conversation_id, data.seq, data.content, framed(payload))
        elif frame.type == "ack" and frame.ref is not None:
            hearer.on_ack(frame.ref)
        elif frame.type == "error":
            hearer.on_error(frame.ref, data.code, data.retry_after)
        elif frame.type == "hello":
            hearer.on_ready()


def framed(payload: bytes) -> bytes:
    """The unmasked text frame of RFC 6455 §5.2 that a server sends ``payload`` in."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def stamped(sent_ns: int, size: int) -> str:
    """Content of ``size`` characters that says when it was sent."""
    return f"{sent_ns:0{STAMP_DIGITS}d} ".ljust(size, "x")


def stamp_of(content: str) -> int:
    """When the content was sent, in ns; -1 where it is not ours."""
    digits = content[:STAMP_DIGITS]
    return int(digits) if digits.isdecimal() else -1
