"""What two processes of a server ask each other, over a pair of sockets that nobody else has."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import msgspec
import structlog

log = structlog.get_logger()

# A question or its answer: all metrics of a process are some 200 KB.
MAX_FRAME_BYTES = 16 << 20
LENGTH_BYTES = 4
# What waits to be answered at once. Each scrape asks once; more is a neighbour that has gone wrong.
MAX_UNDER_WAY = 64
ALIVE = "alive"  # A question that every end answers, with nothing.

Handler = Callable[[bytes], Awaitable[bytes]]


class ChannelClosed(Exception):  # noqa: N818 - named after the fact
    """The other end is gone, or could not answer."""


class _Frame(msgspec.Struct, frozen=True, array_like=True):
    """One question (``name`` set) or the answer to the one of that number (None: it failed)."""

    number: int
    name: str
    body: bytes | None


_Answer = asyncio.Future[bytes]


class Channel:
    """One end. Both sides ask and answer; ``run`` reads until the other end is gone."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handlers: Mapping[str, Handler],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._handlers = {ALIVE: _say_nothing, **handlers}
        self._numbers = itertools.count(1)
        self._asked: dict[int, _Answer] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def ask(self, name: str, body: bytes = b"", *, seconds: float) -> bytes:
        """Ask the other end. Raises ``ChannelClosed``, also where it takes longer than that."""
        if self._is_closed:
            raise ChannelClosed(name)
        number = next(self._numbers)
        answer = self._asked[number] = _Answer()
        self._send(_Frame(number, name, body))
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError as error:
            raise ChannelClosed(name) from error
        finally:
            del self._asked[number]

    async def run(self) -> None:
        """Read questions and answers until the other end closes."""
        try:
            while True:
                length = int.from_bytes(await self._reader.readexactly(LENGTH_BYTES), "big")
                if length > MAX_FRAME_BYTES:
                    log.error("channel_frame_too_large", bytes=length)
                    return
                self._take(
                    msgspec.msgpack.decode(await self._reader.readexactly(length), type=_Frame)
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self.close()

    def close(self) -> None:
        """End it; whoever waits for an answer hears that there is none."""
        self._is_closed = True
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(ChannelClosed("the other end is gone"))
                answer.exception()  # Seen: who asked may have given up in the same moment.
        for task in self._answering:
            task.cancel()
        self._writer.close()

    def _take(self, frame: _Frame) -> None:
        if frame.name:
            if len(self._answering) >= MAX_UNDER_WAY:
                self._send(_Frame(frame.number, "", None))
                return
            task = asyncio.create_task(self._answer(frame), name=f"channel:{frame.name}")
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
            return
        answer = self._asked.get(frame.number)
        if answer is None or answer.done():
            return  # It came after its time.
        if frame.body is None:
            answer.set_exception(ChannelClosed("the other end could not answer"))
        else:
            answer.set_result(frame.body)

    async def _answer(self, frame: _Frame) -> None:
        body: bytes | None = None
        try:
            body = await self._handlers[frame.name](frame.body or b"")
        except Exception:
            log.exception("channel_question_failed", name=frame.name)
        if not self._is_closed:
            self._send(_Frame(frame.number, "", body))

    def _send(self, frame: _Frame) -> None:
        encoded = msgspec.msgpack.encode(frame)
        with suppress(ConnectionError):  # ``run`` sees it too, and ends.
            self._writer.write(len(encoded).to_bytes(LENGTH_BYTES, "big") + encoded)


async def _say_nothing(_: bytes) -> bytes:
    return b""


async def open_channel(end: socket.socket, handlers: Mapping[str, Handler]) -> Channel:
    """Put one end of a socket pair on the running loop; ``run`` is the caller's to start."""
    reader, writer = await asyncio.open_connection(sock=end)
    return Channel(reader, writer, handlers)
