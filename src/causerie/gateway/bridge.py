"""Open sockets: what uvloop reads goes through a parser to the receiver, what is said is ours."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from typing_extensions import override

from causerie.foundation.telemetry import metrics
from causerie.gateway import closing, framing
from causerie.gateway.deflate import Deflation
from causerie.gateway.farewell import Farewell
from causerie.gateway.framing import ProtocolViolation
from causerie.gateway.parser import Desk, Frame, Parser
from causerie.gateway.ports import Receiver
from causerie.gateway.sweeper import Sweeper

log = structlog.get_logger()

CLOSE_TIMEOUT_SECONDS = 3.0  # Time for the peer's close frame, or to drain; then it is aborted.
HIGH_WATER_BYTES = 1 << 16  # From here a peer counts as fallen behind and is watched.
LOW_WATER_BYTES = 1 << 14  # Here it has caught up and hears ``on_writable``.

_OPEN: Final = 0
_CLOSING: Final = 1  # our close frame is sent and the peer's awaited
_ENDED: Final = 2

_KEEPS_UP: Final = -1


class SocketPeer(asyncio.BufferedProtocol):
    """One open socket: the gateway's ``Peer``, uvloop's protocol, and what the sweeper sweeps.

    It is ``_OPEN`` until a close frame is sent or received, or the connection is lost. The receiver
    hears ``on_closed`` when it is ``_ENDED``, never from inside ``close`` or ``abort``.
    """

    __slots__ = (
        "_assembler",
        "_close_code",
        "_desk",
        "_late_pong",
        "_leaving",
        "_owed",
        "_parser",
        "_receiver",
        "_state",
        "_sweeper",
        "_timer",
        "_transport",
        "address",
        "deflation",
        "heard",
        "slot",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        receiver: Receiver,
        sweeper: Sweeper,
        leaving: set[Farewell],
        desk: Desk,
        address: str,
    ) -> None:
        self.address = address
        self.deflation: Deflation | None = None  # See ``Peer.deflation``.
        self.heard = 0.0
        self.slot = 0
        self._transport = transport
        self._receiver = receiver
        self._sweeper = sweeper
        self._leaving = leaving
        self._desk = desk
        self._parser: Parser | None = None  # While a frame is half there.
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

    # --- for uvloop ------------------------------------------------------------------------------

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        # Also where the read then brings nothing: only ``buffer_updated`` takes the parser.
        if self._parser is None:
            return self._desk.offer()
        room: memoryview = self._parser.get_buffer(sizehint)
        return room

    @override
    def buffer_updated(self, nbytes: int) -> None:
        parser = self._desk.take() if self._parser is None else self._parser
        self._parser = None
        violation = parser.read(nbytes, self)
        if violation is not None:
            self._fail(violation.close_code, violation.reason)
        elif self._state == _ENDED:
            pass  # Perhaps by a close frame: the parser would take the next one's for a second.
        elif parser.is_between_frames:
            self._desk.give_back(parser)
        else:
            self._parser = parser

    @staticmethod
    def data_received(_data: bytes) -> None:
        """Never called. uvloop looks for it, and would else keep that of the protocol before.

        With it, it kept all of that protocol. Static, so that it is not bound for each connection.
        """

    @override
    def connection_lost(self, exc: Exception | None) -> None:
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

    # --- for the parser --------------------------------------------------------------------------

    def on_frame(self, frame: Frame) -> None:
        """Take one whole frame."""
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

    # --- inside ----------------------------------------------------------------------------------

    @property
    def _is_open(self) -> bool:
        return self._state == _OPEN

    def begin(self) -> None:
        """Go on the books and greet the receiver."""
        metrics.CONNECTIONS.inc()
        self._sweeper.add(self)
        try:
            self._receiver.on_open(self)
        except Exception:
            log.exception("socket_handler_failed")
            self._fail(closing.INTERNAL_ERROR.code, "")

    def feed(self, received: bytes) -> None:
        """Take what came before uvloop read for this protocol."""
        left = memoryview(received)
        while left and self._state != _ENDED:
            room = self.get_buffer(-1)
            taken = min(len(room), len(left))
            room[:taken] = left[:taken]
            self.buffer_updated(taken)
            left = left[taken:]

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

    def _on_special(self, opcode: int, frame: Frame) -> None:
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
        self._parser = None
        Farewell.begin(self._transport, self._leaving)
        metrics.CONNECTIONS_CLOSED.labels(closing.name_of(code)).inc()
        receiver = self._receiver
        del (
            self._receiver
        )  # a session and its peer know each other: leave nothing for the collector
        receiver.on_closed(code)


_PING: Final = framing.ping_frame()


def open_socket(transport: asyncio.Transport, peer: SocketPeer, *, held: bytes) -> None:
    """Put an upgraded connection on its protocol: the 101 is written, reading is paused.

    ``held`` are the bytes that came behind the upgrade request.
    """
    transport.set_write_buffer_limits(high=HIGH_WATER_BYTES, low=LOW_WATER_BYTES)
    transport.set_protocol(peer)
    # Nothing is read before this turn ends, and what pauses reading meanwhile is heeded.
    transport.resume_reading()
    peer.begin()
    peer.feed(held)
