"""picows' parser of frames, lent to whichever socket has bytes to be read.

A parser with its buffer takes 5 KB, and between two frames it knows nothing of its connection. So
idle sockets have none: one is taken for what a read brings and given back behind the last whole
frame. A socket keeps its parser only while a frame is half there.

picows is used as a parser and nothing else. It is given a stand-in for the transport, so that it
cannot write, close or time anything by itself: what it would write after the handshake are its
close frames, and the stand-in takes each as the violation that it found. ``WSProtocol`` is not
documented API; this is the only file of the server that knows picows.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

import structlog
from picows import (
    WSFrame,
    WSListener,
    WSTransport,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)

# Absent from picows' stub, being its undocumented inside.
from picows.picows import WSProtocol  # type: ignore[attr-defined] # see the line above
from typing_extensions import override

from causerie.gateway import framing

log = structlog.get_logger()

Frame = WSFrame  # One frame in the parser's buffer; of no use once it was heard.

# One read takes a message of 4,000 characters, the default bound, in most languages.
READ_BUFFER_BYTES = 8 << 10
MAX_FREE_PARSERS = 16  # 160 KB; more are needed at once only where many frames are half there.

_NOTHING_WHOLE: Final = -1

# The real handshake has been answered before picows is involved.
_HANDSHAKE_FOR_PICOWS = (
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_RESPONSE_FOR_PICOWS = WSUpgradeResponse.create_101_response()


class HearsFrames(Protocol):
    """Whose bytes are being parsed."""

    def on_frame(self, frame: Frame) -> None:
        """Take one whole frame; raises nothing."""
        ...


class Violation(NamedTuple):
    """What RFC 6455 forbids was found: close with this code, and parse no further."""

    close_code: int
    reason: str


class Parser(WSProtocol):  # type: ignore[misc] # Any, for lack of a stub
    """picows' parser for one socket after another, with a bound on its read buffer.

    By itself the buffer doubles whenever a read fills nine tenths of it, so who sends fast and much
    makes it as large as the kernel's, for good. Here it offers less room than that as long as what
    it holds (the beginning of a frame) is no larger than four fifths of it: so it stays below
    two and a half times the largest frame.
    """

    __slots__ = ("_clerk", "_size")

    def __init__(self, max_message_bytes: int) -> None:
        self._clerk = clerk = _Clerk()
        super().__init__(
            None,
            None,
            False,  # noqa: FBT003 - picows takes these by position only: is_client_side
            lambda _request: WSUpgradeResponseWithListener(_RESPONSE_FOR_PICOWS, clerk),
            _LOG,
            True,  # noqa: FBT003 - disconnect_on_exception: our exceptions come back as close 1011
            None,  # websocket_handshake_timeout
            False,  # noqa: FBT003 - enable_auto_ping: the sweeper pings
            None,  # auto_ping_idle_timeout
            None,  # auto_ping_reply_timeout
            0,  # auto_ping_strategy
            False,  # noqa: FBT003 - enable_auto_pong
            max_message_bytes,
            None,  # extra_headers
            READ_BUFFER_BYTES,
        )
        self.connection_made(_Leash(clerk))
        room: memoryview = super().get_buffer(-1)
        self._size = len(room)
        room[: len(_HANDSHAKE_FOR_PICOWS)] = _HANDSHAKE_FOR_PICOWS
        super().buffer_updated(len(_HANDSHAKE_FOR_PICOWS))

    @property
    def has_grown(self) -> bool:
        """Whether its buffer is larger than that of a new one; picows never shrinks it."""
        return self._size > READ_BUFFER_BYTES

    @property
    def is_between_frames(self) -> bool:
        """Whether all that was read last was whole frames."""
        return self._clerk.behind == 0

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        room: memoryview = super().get_buffer(sizehint)
        size = self._size
        if len(room) > size:  # It has doubled; never quite filled, it cannot look otherwise.
            size = self._size = size * 2
        used = size - len(room)
        if used * 5 < size * 4:
            return room[: size * 17 // 20 - used]
        return room[:-1]

    def read(self, received_bytes: int, hearer: HearsFrames) -> Violation | None:
        """Parse what was put into the buffer: whole frames, and what came behind them if unlawful.

        After a violation or a close frame the parser is of no use to anyone.
        """
        clerk = self._clerk
        clerk.hearer = hearer
        clerk.behind = _NOTHING_WHOLE
        self.buffer_updated(received_bytes)
        clerk.hearer = None
        return clerk.violation


class Desk:
    """Where the sockets of one bound on messages get their parsers."""

    def __init__(self, max_message_bytes: int) -> None:
        self._max_message_bytes = max_message_bytes
        self._free: list[Parser] = []

    def offer(self) -> memoryview:
        """Room for a read; the next that is taken is the parser that it belongs to."""
        if not self._free:
            self._free.append(Parser(self._max_message_bytes))
        room: memoryview = self._free[-1].get_buffer(-1)
        return room

    def take(self) -> Parser:
        """Lend the parser that holds what was read."""
        return self._free.pop()

    def give_back(self, parser: Parser) -> None:
        """Take a parser that is between frames, for the next socket."""
        if len(self._free) < MAX_FREE_PARSERS and not parser.has_grown:
            self._free.append(parser)


class Desks:
    """The desks of one server, by their bound; there are as many as dialects at most."""

    def __init__(self) -> None:
        self._by_bound: dict[int, Desk] = {}

    def of(self, max_message_bytes: int) -> Desk:
        """Where sockets with this bound get their parsers."""
        desk = self._by_bound.get(max_message_bytes)
        if desk is None:
            desk = self._by_bound[max_message_bytes] = Desk(max_message_bytes)
        return desk


class _Clerk(WSListener):
    """Hears picows on behalf of whoever is at the desk; counts the bytes behind the last frame."""

    __slots__ = ("behind", "hearer", "violation")

    def __init__(self) -> None:
        self.hearer: HearsFrames | None = None
        self.behind: int = _NOTHING_WHOLE
        self.violation: Violation | None = None

    @override
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.behind = frame.tail_size
        if self.hearer is not None:
            self.hearer.on_frame(frame)


class _Leash:
    """The transport as picows sees it: everything that it would do by itself ends here."""

    __slots__ = ("_clerk",)

    def __init__(self, clerk: _Clerk) -> None:
        self._clerk = clerk

    def get_extra_info(self, name: str) -> object:
        """Show a socket that is none, and no TLS."""
        return _NO_SOCKET if name == "socket" else None

    @staticmethod
    def get_write_buffer_size() -> int:
        """Pretend that something is unsent: then picows hands its bytes to ``write``."""
        return 1

    def write(self, written: bytes) -> None:
        """Hear of a close frame. Its answer to the handshake is dropped: ours has been sent."""
        if written[0] == framing.CLOSE | 0x80 and self._clerk.violation is None:
            self._clerk.violation = Violation(
                int.from_bytes(written[2:4], "big"), written[4:].decode(errors="replace")
            )

    def close(self) -> None:
        """Leave the ending to the socket."""

    abort = close


class _NoSocket:
    """Stands where picows would set socket options, which uvloop has set already."""

    def setsockopt(self, *_: object) -> None:
        """Set nothing."""

    def getsockopt(self, *_: object) -> int:
        """Answer for its log line."""
        return 0

    def fileno(self) -> int:
        """Give picows nothing to write to by itself."""
        return -1


class _ParserLog:
    """Hears picows: of all that it says only our own exceptions are news."""

    def isEnabledFor(self, _level: int) -> bool:  # noqa: N802 - logging's name
        """Say that no detail is wanted."""
        return False

    def quiet(self, *_: object) -> None:
        """Pass over it: the close code tells the same."""

    debug = info = warning = error = log = quiet

    def exception(self, *_: object) -> None:
        """Log the exception that picows has caught."""
        log.exception("socket_handler_failed")  # noqa: LOG004 - picows calls from its handler


_NO_SOCKET: Final = _NoSocket()
_LOG: Final = _ParserLog()
