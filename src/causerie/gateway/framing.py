"""RFC 6455 frames: built for sending, and fragments checked and put together when received."""

from __future__ import annotations

import codecs
from struct import Struct

CONTINUATION = 0x0
TEXT = 0x1
BINARY = 0x2
CLOSE = 0x8
PING = 0x9
PONG = 0xA

MAX_CONTROL_BYTES = 125  # RFC 6455 §5.5
MAX_REASON_BYTES = MAX_CONTROL_BYTES - 2  # The code takes two.

NO_STATUS = 1005  # RFC 6455 §7.4.1: what an empty close frame stands for; never sent.

_FIN = 0x80
_RSV1 = 0x40  # RFC 7692 §6: the message is compressed.
_HEADER_7 = tuple(bytes((_FIN | TEXT, length)) for length in range(126))
_HEADER_16 = Struct("!BBH")
_HEADER_64 = Struct("!BBQ")
_CODE = Struct("!H")
_DECODER = codecs.getincrementaldecoder("utf-8")


class ProtocolViolation(Exception):  # noqa: N818 - named after the fact, like every refusal
    """The peer broke the protocol: close with this code and reason, and read no further."""

    def __init__(self, close_code: int, reason: str) -> None:
        super().__init__(f"{close_code} {reason}")
        self.close_code = close_code
        self.reason = reason


def text_frame(payload: bytes) -> bytes:
    """Frame one whole text message from the server: final, unmasked (RFC 6455 §5.1, §5.2)."""
    length = len(payload)
    if length < 126:
        return _HEADER_7[length] + payload
    if length < 65536:
        return _HEADER_16.pack(_FIN | TEXT, 126, length) + payload
    return _HEADER_64.pack(_FIN | TEXT, 127, length) + payload


def binary_frame(payload: bytes) -> bytes:
    """Frame one whole binary message from the server."""
    return _data_frame(_FIN | BINARY, payload)


def deflated_frame(first: int, payload: bytes) -> bytes:
    """Frame a compressed message; ``first`` is the first byte of the plain one (RFC 7692 §6)."""
    return _data_frame(first | _RSV1, payload)


def _data_frame(first: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        return bytes((first, length)) + payload
    if length < 65536:
        return _HEADER_16.pack(first, 126, length) + payload
    return _HEADER_64.pack(first, 127, length) + payload


def payload_of(framed: bytes) -> bytes:
    """Give the payload of one frame from the server."""
    length = framed[1]
    return framed[2 if length < 126 else 4 if length == 126 else 10 :]


def ping_frame(payload: bytes = b"") -> bytes:
    """Frame a ping; the payload is 125 bytes at most. Raises ``ValueError``."""
    return _control_frame(PING, payload)


def pong_frame(payload: bytes = b"") -> bytes:
    """Frame the answer to a ping, with the ping's payload (RFC 6455 §5.5.3)."""
    return _control_frame(PONG, payload)


def close_frame(code: int, reason: str = "") -> bytes:
    """Frame a close; a reason over 123 bytes of UTF-8 is cut at a character.

    ``NO_STATUS`` makes an empty one. Raises ``ValueError`` for other codes that may not be sent.
    """
    if code == NO_STATUS:
        return _control_frame(CLOSE, b"")
    if not is_close_code_valid(code):
        raise ValueError(f"{code} is not a code that a close frame may carry")
    text = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
    return _control_frame(CLOSE, _CODE.pack(code) + text.encode())


def _control_frame(opcode: int, payload: bytes) -> bytes:
    if len(payload) > MAX_CONTROL_BYTES:
        raise ValueError(f"a control frame carries {MAX_CONTROL_BYTES} bytes at most")
    return bytes((_FIN | opcode, len(payload))) + payload


def is_close_code_valid(code: int) -> bool:
    """Say whether a close frame may carry the code: RFC 6455 §7.4, and IANA's 1012 to 1014."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


def read_close(payload: bytes) -> tuple[int, str]:
    """Read a close frame's payload; ``NO_STATUS`` where it is empty (RFC 6455 §5.5.1).

    Raises ``ProtocolViolation``: 1002 for half a code or one that may not be sent, 1007 for a
    reason that is not UTF-8.
    """
    if not payload:
        return NO_STATUS, ""
    if len(payload) == 1:
        raise ProtocolViolation(1002, "half a close code")
    (code,) = _CODE.unpack_from(payload)
    if not is_close_code_valid(code):
        raise ProtocolViolation(1002, "invalid close code")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError as error:
        raise ProtocolViolation(1007, "the close reason is not UTF-8") from error


def require_lawful_frame(opcode: int, *, fin: bool, rsv: bool, length: int) -> None:
    """Check what one frame's header says by itself; raises ``ProtocolViolation`` 1002 (§5.2, §5.5).

    Reserved bits are the business of extensions: permessage-deflate has looked at its own before.
    """
    if rsv:
        raise ProtocolViolation(1002, "reserved bits are set")
    if opcode > PONG or BINARY < opcode < CLOSE:
        raise ProtocolViolation(1002, "unknown opcode")
    if opcode >= CLOSE:
        if not fin:
            raise ProtocolViolation(1002, "a control frame in fragments")
        if length > MAX_CONTROL_BYTES:
            raise ProtocolViolation(1002, "a control frame over 125 bytes")


def require_text(payload: bytes) -> None:
    """Check that a whole text message is UTF-8; raises ``ProtocolViolation`` 1007 (§8.1)."""
    if payload.isascii():
        return
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        raise ProtocolViolation(1007, "the text is not UTF-8") from error


class Assembler:
    """Puts one connection's data frames together to messages (RFC 6455 §5.4).

    Control frames may lie between fragments and do not come here. Never holds more than
    ``max_message_bytes``; text is checked fragment by fragment, so that bad text is refused with
    the fragment that spoils it and not at the message's end.
    """

    __slots__ = ("_decoder", "_gathered", "_max_message_bytes", "_opcode")

    def __init__(self, max_message_bytes: int) -> None:
        self._max_message_bytes = max_message_bytes
        self._opcode = CONTINUATION  # of the message under way; CONTINUATION while there is none
        # Not a list of parts: two-byte fragments would cost twenty times their size.
        self._gathered = bytearray()
        self._decoder: codecs.IncrementalDecoder | None = None

    @property
    def is_idle(self) -> bool:
        """Say whether no message is under way."""
        return self._opcode == CONTINUATION

    def add(self, opcode: int, payload: bytes, *, fin: bool) -> tuple[int, bytes] | None:
        """Take one data frame; returns (``TEXT`` or ``BINARY``, message) when it completes one.

        Raises ``ProtocolViolation``: 1002 out of turn, 1007 not UTF-8, 1009 too large. Afterwards
        the assembler is of no use.
        """
        if opcode == CONTINUATION:
            if self._opcode == CONTINUATION:
                raise ProtocolViolation(1002, "a continuation of nothing")
        elif self._opcode != CONTINUATION:
            raise ProtocolViolation(1002, "a new message inside another")
        else:
            self._opcode = opcode
        if len(self._gathered) + len(payload) > self._max_message_bytes:
            raise ProtocolViolation(1009, f"more than {self._max_message_bytes} bytes")
        if self._opcode == TEXT:
            self._require_text_so_far(payload, final=fin)
        self._gathered += payload
        return self._complete() if fin else None

    def _complete(self) -> tuple[int, bytes]:
        message = self._opcode, bytes(self._gathered)
        self._opcode = CONTINUATION
        self._gathered = bytearray()
        self._decoder = None
        return message

    def _require_text_so_far(self, payload: bytes, *, final: bool) -> None:
        if self._decoder is None:
            self._decoder = _DECODER()
        try:
            self._decoder.decode(payload, final=final)
        except UnicodeDecodeError as error:
            raise ProtocolViolation(1007, "the text is not UTF-8") from error
