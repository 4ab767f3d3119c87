"""What picows and uvloop are given to hold instead of the real thing."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

import structlog
from typing_extensions import override

from causerie.gateway import framing

log = structlog.get_logger()


class HeedsParser(Protocol):
    """Whoever ends the socket when the parser wants it closed."""

    def heed_parser(self, code: int, reason: str) -> None:
        """Close with this code."""
        ...


class NoSocket:
    """Stands where picows would set socket options, which uvloop has set already."""

    def setsockopt(self, *_: object) -> None:
        """Set nothing."""

    def getsockopt(self, *_: object) -> int:
        """Answer for its log line."""
        return 0

    def fileno(self) -> int:
        """Give picows nothing to write to by itself."""
        return -1


class ParserLog:
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


_NO_SOCKET: Final = NoSocket()
PARSER_LOG: Final = ParserLog()


class Nobody(asyncio.Protocol):
    """A protocol of which uvloop can keep nothing that belongs to a connection."""

    __slots__ = ()

    @staticmethod
    @override
    def data_received(data: bytes) -> None:
        """Never called: it stands for a moment, with reading paused."""


NOBODY: Final = Nobody()


class Leash:
    """The transport as picows sees it: everything that it would do by itself ends here."""

    __slots__ = ("_peer",)

    def __init__(self, peer: HeedsParser) -> None:
        self._peer = peer

    def get_extra_info(self, name: str) -> object:
        """Show a socket that is none, and no TLS."""
        return _NO_SOCKET if name == "socket" else None

    @staticmethod  # as picows keeps it, bound, for each connection
    def get_write_buffer_size() -> int:
        """Pretend that something is unsent: then picows hands its bytes to ``write``."""
        return 1

    def write(self, written: bytes) -> None:
        """Hear of a close frame. Its answer to the handshake is dropped: ours has been sent."""
        if written[0] == framing.CLOSE | 0x80:
            self._peer.heed_parser(
                int.from_bytes(written[2:4], "big"), written[4:].decode(errors="replace")
            )

    def close(self) -> None:
        """Leave the ending to the peer."""

    abort = close
