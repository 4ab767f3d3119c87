"""How a request is answered: uvicorn's way with one write where it has two, or at once, from memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from typing_extensions import override
from uvicorn._types import ASGISendEvent, HTTPResponseStartEvent
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

MAX_KNOWN_NAMES = 1024  # Names of headers come from the code, which has some fifty.

# What no head may hold beside the ends of its lines (RFC 9110 §5.5), which are counted.
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_known_names: set[bytes] = set()

# Of the server's own headers: the whole answer to a request, where it is known without awaiting anything.
Answering = Callable[[list[tuple[bytes, bytes]]], bytes | None]
# Of a request's URL and ASGI scope (Any: its libraries each have a type of their own): what answers
# it, now and whenever the same comes again on the same connection.
AnswerAtOnce = Callable[[bytes, Any], Answering | None]


class WholeAnswers(RequestResponseCycle):
    """Holds the head of an answer back until its body comes, and writes both at once.

    Measured: a write costs as much as a quarter of a small answer, and wakes the reader. What comes in
    pieces, or is not simple in another way, goes uvicorn's way.
    """

    _head: HTTPResponseStartEvent | None = None

    @override
    async def send(self, message: ASGISendEvent) -> None:
        if self.transport.is_closing():
            # Of requests sent ahead uvicorn tells only the newest that the peer is gone, and
            # a write to a closed transport would be taken for a fault of the application.
            self.disconnected = True
        if message["type"] == "http.response.start" and not self.response_started:
            self._head = message
            return
        head = self._head
        if head is not None:
            self._head = None
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                written = self._written(head, message.get("body", b""))
                if written is not None:
                    await self._send_whole(written)
                    return
            await super().send(head)
        await super().send(message)

    def _written(self, head: HTTPResponseStartEvent, body: bytes) -> bytes | None:
        """Write a whole answer; None where uvicorn has to look at it."""
        headers = [*self.default_headers, *head["headers"]]
        announced = -1
        parts = [STATUS_LINE[head["status"]]]
        for name, value in headers:
            if name == b"content-length":
                announced = int(value)
            elif name in {b"transfer-encoding", b"connection"} or not _is_name(name):
                return None
            parts += (name, b": ", value, b"\r\n")
        if announced != len(body) or self.scope["method"] == "HEAD":
            return None
        if not self.keep_alive:
            parts.append(b"connection: close\r\n")
        parts.append(b"\r\n")
        written = b"".join(parts)
        lines = len(headers) + 2 + (not self.keep_alive)
        if (
            written.count(b"\n") != lines
            or written.count(b"\r") != lines
            or _CONTROL.search(written) is not None
        ):
            return None  # uvicorn raises for what would end a header, and smuggle another.
        return written + body

    async def _send_whole(self, written: bytes) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected or self.transport.is_closing():
            return
        self.waiting_for_100_continue = False
        self.response_started = self.response_complete = True
        self.transport.write(written)
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


def _is_name(name: bytes) -> bool:
    if name in _known_names:
        return True
    if HEADER_RE.search(name) or name != name.lower():
        return False
    if len(_known_names) < MAX_KNOWN_NAMES:
        _known_names.add(name)
    return True
