"""Open sockets on picows: its parser hands over frames, everything that is said or sent is ours.

picows is used as a parser only. It is given a stand-in for the transport, so that it cannot write,
close or time anything by itself: what it would write after the handshake are its close frames, and
the stand-in turns each into our own way of ending, after which the code reaches the client.
``WSProtocol`` is not documented API; this is the only file of the server that knows picows.
"""

# Over 300 lines: what leans on picows' undocumented protocol is kept together, in one file.

from __future__ import annotations

import asyncio
from typing import Final

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

from causerie.foundation.telemetry import metrics
from causerie.gateway import closing, framing
from causerie.gateway.farewell import Farewell
from causerie.gateway.framing import ProtocolViolation
from causerie.gateway.leash import NOBODY, PARSER_LOG, Leash
from causerie.gateway.ports import Receiver
from causerie.gateway.sweeper import Sweeper

log = structlog.get_logger()

CLOSE_TIMEOUT_SECONDS = 3.0  # Time for the peer's close frame, or to drain; then it is aborted.
HIGH_WATER_BYTES = 1 << 16  # From here a peer counts as fallen behind and is watched.
LOW_WATER_BYTES = 1 << 14  # Here it has caught up and hears ``on_writable``.
READ_BUFFER_BYTES = 2048  # picows' least. It grows for large frames and never shrinks.

_OPEN: Final = 0
_CLOSING: Final = 1  # our close frame is sent and the peer's awaited
_ENDED: Final = 2

_KEEPS_UP: Final = -1

# The real handshake has been answered before picows is involved; this one is kept short because
# picows keeps it for as long as the connection lives.
_HANDSHAKE_FOR_PICOWS = (
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_RESPONSE_FOR_PICOWS = WSUpgradeResponse.create_101_response()
_NO_HEADERS: Final = _RESPONSE_FOR_PICOWS.headers.copy()


class _Parser(WSProtocol):  # type: ignore[misc] # Any, for lack of a stub
    """picows' parser with a bound on its read buffer.

    By itself the buffer doubles whenever a read fills nine tenths of it, so who sends fast and much
    makes it as large as the kernel's, for good. Here it offers less room than that as long as what
    it holds (the beginning of a frame) is no larger than four fifths of it: so it stays below
    two and a half times the largest frame.
    """

    __slots__ = ("_size",)

    _size: int

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        room: memoryview = super().get_buffer(sizehint)
        try:
            size = self._size
        except AttributeError:
            size = self._size = len(room)
        if len(room) > size:  # It has doubled; never quite filled, it cannot look otherwise.
            size = self._size = size * 2
        used = size - len(room)
        if used * 5 < size * 4:
            return room[: size * 17 // 20 - used]
        return room[:-1]


class SocketPeer(WSListener):
    """One open socket: the gateway's ``Peer``, picows' listener, and what the sweeper sweeps.

    It is ``_OPEN`` until a close frame is sent or received, or the connection is lost. The receiver
    hears ``on_closed`` when it is ``_ENDED``, never from inside ``close`` or ``abort``.
    """

    __slots__ = (
        "_assembler",
        "_close_code",
        "_late_pong",
        "_leaving",
        "_owed",
        "_receiver",
        "_state",
        "_sweeper",
        "_timer",
        "_transport",
        "address",
        "heard",
        "slot",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        receiver: Receiver,
        sweeper: Sweeper,
        leaving: set[Farewell],
        address: str,
    ) -> None:
        self.address = address
        self.heard = 0.0
        self.slot = 0
        self._transport = transport
        self._receiver = receiver
        self._sweeper = sweeper
        self._leaving = leaving
        self._state: int = _OPEN
        self._close_code = closing.ABNORMAL.code
        self._timer: asyncio.TimerHandle | None = None
        self._assembler: framing.Assembler | None = None
        # Written bytes since the socket fell behind, with those unsent then.
        self._owed: int = _KEEPS_UP
        self._late_pong: bytes | None = None

    # --- for the receiver ------------------------------------------------------------------------

    def write(self, framed: bytes) -> None:
        """See ``Peer.write``."""
        if self._state == _OPEN:
            if self._owed != _KEEPS_UP:
                self._owed += len(framed)
            self._transport.write(framed)

    def unsent_bytes(self) -> int:
        """See ``Peer.unsent_bytes``."""
        return 0 if self._state == _ENDED else self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str = "") -> None:
        """See ``Peer.close``."""
        if self._state != _OPEN:
            return
        if code == closing.SLOW_READER.code:
            metrics.SLOW_READERS.inc()
        self.write(framing.close_frame(code, reason))
        self._state = _CLOSING
        self._close_code = code
        self._transport.resume_reading()  # or the answer would not be read
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(CLOSE_TIMEOUT_SECONDS, self._transport.abort)

    def abort(self) -> None:
        """See ``Peer.abort``."""
        if self._state != _ENDED:
            self._transport.abort()

    def pause_reading(self) -> None:
        """See ``Peer.pause_reading``."""
        if self._state == _OPEN:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """See ``Peer.resume_reading``."""
        if self._state == _OPEN:
            self._transport.resume_reading()

    # --- for the sweeper -------------------------------------------------------------------------

    def ping(self) -> None:
        """Ask for a sign of life; one that lags has unread bytes enough to answer."""
        if self._owed == _KEEPS_UP:
            self.write(_PING)

    def is_answering(self) -> bool:
        """Say whether the peer could be heard at all."""
        return self._transport.is_reading()

    def drained_bytes(self) -> int:
        """How many bytes the kernel has taken since the socket fell behind."""
        return self._owed - self.unsent_bytes()

    def drop(self) -> None:
        """End the connection of a dead peer."""
        self._transport.abort()

    def let_go(self) -> None:
        """Close a socket that does not read."""
        self.close(closing.SLOW_READER.code, "nothing was read for 5 s; come back and resume")

    # --- for picows ------------------------------------------------------------------------------

    @override
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.heard = self._sweeper.now
        if self._state == _ENDED:
            return
        opcode: int = frame.msg_type  # type: ignore[assignment] # an IntEnum; the stub says Enum
        try:
            if frame.rsv1 or frame.rsv2 or frame.rsv3 or opcode > framing.BINARY:
                self._on_special(opcode, frame)
            elif self._state == _OPEN:
                self._on_data(opcode, frame.get_payload_as_bytes(), frame.fin)
        except ProtocolViolation as violation:
            self._fail(violation.close_code, violation.reason)
        except Exception:
            # Not left to picows, which would go on with the frames behind this one.
            log.exception("socket_handler_failed")
            self._fail(closing.INTERNAL_ERROR.code, "")

    @override
    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._end(self._close_code)

    @override
    def pause_writing(self) -> None:
        if self._state != _ENDED:
            self._owed = self._transport.get_write_buffer_size()
            self._sweeper.watch(self)

    @override
    def resume_writing(self) -> None:
        self._owed = _KEEPS_UP
        self._sweeper.unwatch(self)
        if self._state == _OPEN:
            if self._late_pong is not None:
                self.write(self._late_pong)
                self._late_pong = None
            self._receiver.on_writable()

    def heed_parser(self, code: int, reason: str) -> None:
        """Take a violation that picows found, or an exception that came back to it (1011).

        picows reads one frame ahead: the frame before the bad one is delivered after this call. But
        nothing behind it, in which picows would go on to look for frames.
        """
        self._transport.pause_reading()
        asyncio.get_running_loop().call_soon(self._fail, code, reason)

    # --- inside ----------------------------------------------------------------------------------

    def begin(self) -> None:
        """Go on the books and greet the receiver."""
        metrics.CONNECTIONS.inc()
        self._sweeper.add(self)
        try:
            self._receiver.on_open(self)
        except Exception:
            log.exception("socket_handler_failed")
            self._fail(closing.INTERNAL_ERROR.code, "")

    def _on_data(self, opcode: int, payload: bytes, fin: bool) -> None:  # noqa: FBT001 - RFC 6455's
        if fin and opcode != framing.CONTINUATION and self._assembler is None:
            if opcode == framing.TEXT:
                framing.require_text(payload)
        else:
            if self._assembler is None:
                self._assembler = framing.Assembler(self._receiver.max_message_bytes)
            whole = self._assembler.add(opcode, payload, fin=fin)
            if whole is None:
                return
            self._assembler = None
            opcode, payload = whole
        metrics.FRAMES_RECEIVED.value += 1
        if opcode == framing.TEXT:
            self._receiver.on_text(payload)
        else:
            self._receiver.on_binary(payload)

    def _on_special(self, opcode: int, frame: WSFrame) -> None:
        rsv = bool(frame.rsv1 or frame.rsv2 or frame.rsv3)
        framing.require_lawful_frame(
            opcode, fin=bool(frame.fin), rsv=rsv, length=frame.payload_size
        )
        if opcode == framing.CLOSE:
            self._on_close(frame.get_payload_as_bytes())
        elif opcode == framing.PING and self._state == _OPEN:
            pong = framing.pong_frame(frame.get_payload_as_bytes())
            if self._owed == _KEEPS_UP:
                self.write(pong)
            else:
                # Only the latest ping need be answered (RFC 6455 §5.5.3): who sends pings and
                # does not read must not make us hold the answers.
                self._late_pong = pong

    def _on_close(self, payload: bytes) -> None:
        if self._state == _CLOSING:
            self._end(self._close_code)
            return
        code, _reason = framing.read_close(payload)
        self.write(framing.close_frame(code))
        self._end(code)

    def _fail(self, code: int, reason: str) -> None:
        if self._state == _OPEN:
            self.write(framing.close_frame(code, reason))
            self._end(code)
        else:
            self._end(self._close_code)

    def _end(self, code: int) -> None:
        if self._state == _ENDED:
            return
        self._state = _ENDED
        if self._timer is not None:
            self._timer.cancel()
        self._sweeper.discard(self)
        self._assembler = None
        Farewell.begin(self._transport, self._leaving)
        metrics.CONNECTIONS_CLOSED.labels(closing.name_of(code)).inc()
        receiver = self._receiver
        del (
            self._receiver
        )  # a session and its peer know each other: leave nothing for the collector
        receiver.on_closed(code)


_PING: Final = framing.ping_frame()


def open_socket(
    transport: asyncio.Transport, peer: SocketPeer, *, max_message_bytes: int, held: bytes
) -> None:
    """Put an upgraded connection on picows: the 101 is written, reading is paused.

    ``held`` are the bytes that came behind the upgrade request.
    """
    parser = _Parser(
        None,
        None,
        False,  # noqa: FBT003 - picows takes these by position only: is_client_side
        lambda _request: WSUpgradeResponseWithListener(_RESPONSE_FOR_PICOWS, peer),
        PARSER_LOG,
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
    parser.connection_made(Leash(peer))
    _feed(parser, _HANDSHAKE_FOR_PICOWS)
    parser.transport.request.headers = _NO_HEADERS
    transport.set_write_buffer_limits(high=HIGH_WATER_BYTES, low=LOW_WATER_BYTES)
    # uvloop keeps ``data_received`` of the protocol before, and with it all of that protocol, where
    # the next one has none, as picows' has not.
    transport.set_protocol(NOBODY)
    transport.set_protocol(parser)
    peer.begin()
    _feed(parser, held)
    transport.resume_reading()


def _feed(parser: asyncio.BufferedProtocol, received: bytes) -> None:
    left = memoryview(received)
    while left:
        room = memoryview(parser.get_buffer(-1))
        taken = min(len(room), len(left))
        room[:taken] = left[:taken]
        parser.buffer_updated(taken)
        left = left[taken:]
