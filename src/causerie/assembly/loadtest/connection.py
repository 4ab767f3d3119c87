"""One socket of the generator: picows, and before it a tap that proves most reads without parsing.

picows costs about 1 us for each frame with a Python callback, which would make the generator the
bottleneck at a million deliveries/s. So the tap compares each read with the room's stream first
(``stream.py``) and hands to picows only what differs: acknowledgements, other events, control
frames, and the reads of the one reader per room that gets a message first.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from time import perf_counter_ns
from typing import cast

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)
from typing_extensions import override

from causerie.assembly.loadtest.stream import NOT_FOLLOWING, Follower, RoomStream
from causerie.assembly.loadtest.wire import Hearer, Outcomes, Tongue, framed, stamp_of

READ_BUFFER_BYTES = 256 << 10  # One for all sockets: a read is dealt with before the next begins.
PICOWS_BUFFER_BYTES = 2048  # What an idle socket keeps; it grows by itself.
HANDSHAKE_TIMEOUT_SECONDS = 30.0  # A server that lets 10,000 in at once may take a while.

_shared_buffer = memoryview(bytearray(READ_BUFFER_BYTES))


class Faults:
    """What went wrong on all connections together."""

    def __init__(self) -> None:
        self.closed: Counter[int] = Counter()
        self.unreadable = 0
        self.foreign = 0


class Connection(WSListener, Follower, Hearer):
    """A user's socket: it follows its room, and sends when the pacing says so."""

    def __init__(
        self, room: RoomStream, tongue: Tongue, outcomes: Outcomes, faults: Faults
    ) -> None:
        Follower.__init__(self, room)
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.open = False
        self.at_boundary = True
        self.begun = b""
        self._tongue = tongue
        self._outcomes = outcomes
        self._faults = faults
        self._closing = False
        self._close_code = 1006
        self._now_ns = 0
        self._transport: WSTransport | None = None

    async def connect(self, url: str, headers: dict[str, str]) -> None:
        """Open the socket and wait until the server has let us in. Raises ``OSError`` or WSError."""
        transport, _ = await ws_connect(
            lambda: self,
            url,
            extra_headers=headers,
            websocket_handshake_timeout=HANDSHAKE_TIMEOUT_SECONDS,
            enable_auto_pong=False,  # The tap must see every frame's end; we answer ourselves.
            read_buffer_init_size=PICOWS_BUFFER_BYTES,
            use_aiofastnet=False,  # Measured: slower by a third here than uvloop's own transport.
        )
        self.tap(transport.underlying_transport)
        async with asyncio.timeout(HANDSHAKE_TIMEOUT_SECONDS):
            await self.ready

    def tap(self, underlying: asyncio.Transport) -> None:
        """Read before picows does, where the server sends each message in the same frame to all."""
        picows = cast(asyncio.BufferedProtocol, underlying.get_protocol())
        underlying.set_protocol(_Tap(self, picows))

    def send(self, ref: int, content: str) -> None:
        """Send one message to the room."""
        self.write(self._tongue.encode_send(self.room.name, ref, content))

    def write(self, payload: bytes) -> None:
        """Send one text frame, if the socket is open."""
        if self._transport is not None and self.open:
            self._transport.send(WSMsgType.TEXT, payload)

    def close(self) -> None:
        """Say goodbye and hang up."""
        self._closing = True
        if self._transport is not None and self.open:
            self._transport.send_close(WSCloseCode.OK)
            self._transport.disconnect(graceful=False)

    @override
    def fall_behind(self) -> None:
        self.begun = self.leave()

    @override
    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self.open = True

    @override
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.at_boundary = frame.tail_size == 0
        if frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY):
            self.hear(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self._close_code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big") or 1005
            transport.disconnect()

    @override
    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.open = False
        if not self._closing:
            self._faults.closed[self._close_code] += 1
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"closed with {self._close_code}"))

    def hear(self, payload: bytes) -> None:
        """Take one data frame."""
        if self.take_known(framed(payload)):
            return
        self._now_ns = perf_counter_ns()
        try:
            self._tongue.hear(payload, self)
        except ValueError:
            self._faults.unreadable += 1

    @override
    def on_ready(self) -> None:
        if not self.ready.done():
            self.ready.set_result(None)

    @override
    def on_message(self, room: str, seq: int, content: str, framed: bytes) -> None:
        if room != self.room.name:
            self._faults.foreign += 1
            return
        self.meet(seq, framed, stamp_of(content), self._now_ns)

    @override
    def on_ack(self, ref: int) -> None:
        self._outcomes.on_ack(self, ref)

    @override
    def on_error(self, ref: int | None, code: str, retry_after: float) -> None:
        self._outcomes.on_error(self, ref, code, retry_after)


class _Tap(asyncio.BufferedProtocol):
    """Stands between the transport and picows' protocol object, which it hands what it cannot prove."""

    __slots__ = ("_connection", "_picows")

    def __init__(self, connection: Connection, picows: asyncio.BufferedProtocol) -> None:
        self._connection = connection
        self._picows = picows

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        return _shared_buffer

    @override
    def buffer_updated(self, nbytes: int) -> None:
        connection = self._connection
        chunk = bytes(_shared_buffer[:nbytes])
        if connection.position != NOT_FOLLOWING:
            if connection.follow(chunk, perf_counter_ns()):
                return
            connection.begun = connection.leave()
        if connection.begun:
            chunk = connection.begun + chunk
            connection.begun = b""
        self._parse(chunk)
        if connection.at_boundary:
            connection.rejoin()

    def _parse(self, chunk: bytes) -> None:
        done = 0
        while done < len(chunk):
            # picows' own types call this a Buffer; it gives a memoryview of what is free.
            free = cast(memoryview, self._picows.get_buffer(-1))
            size = min(len(free), len(chunk) - done)
            free[:size] = chunk[done : done + size]
            self._connection.at_boundary = False
            self._picows.buffer_updated(size)
            done += size

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._picows.connection_lost(exc)

    @override
    def eof_received(self) -> bool | None:
        return self._picows.eof_received()

    @override
    def pause_writing(self) -> None:
        """The server does not read what we send; the closed loop bounds how much that can be."""

    @override
    def resume_writing(self) -> None:
        """See ``pause_writing``."""
