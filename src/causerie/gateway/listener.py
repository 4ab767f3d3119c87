"""The listening socket and its accept loop, which outlives a lack of file descriptors."""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
import ssl
from collections.abc import Callable
from functools import partial

import structlog

from causerie.foundation.errors import Code
from causerie.gateway.precautions import precaution_lines
from causerie.gateway.upgrade import http_answer, problem

log = structlog.get_logger()

# So that a crowd at the door does not starve those who are in: what comes together goes on together.
# Measured, 2,000 in five seconds: with 64, and 32 answers at once from PostgreSQL for 12, three times as
# many turns of the loop took over 20 ms of the processor.
ACCEPTS_PER_TURN = 16
REST_SECONDS = 0.5  # Without descriptors accepting would fail at once, again and again.
LOG_EVERY_SECONDS = 60.0
# Who has more connections than others on the same port lets them go first; who is as long as this
# without being relieved of what waits takes it (the others are busy, or hang).
YIELD_SECONDS = 0.005
YIELDED_ACCEPTS = 16  # 3,200 a second beside a process that hangs.
TLS_SHUTDOWN_SECONDS = 3.0  # As long as a close frame's answer is awaited.

TLS_HANDSHAKE = b"\x16"  # The type of a TLS connection's first record (RFC 8446 §5.1).

_OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_FULL = http_answer(
    problem(503, Code.UNAVAILABLE, "the server is full; try again later"),
    precaution_lines(is_production=False),  # In plain, where HSTS says nothing (RFC 6797 §7.2).
)


class CannotListen(Exception):  # noqa: N818 - named after the fact; shown to the operator
    """The address cannot be listened on; ``str()`` says which and why."""


def raise_descriptor_limit() -> int:
    """Raise the process's soft limit of open files to its hard limit; returns the limit."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def bind(host: str, port: int, backlog: int) -> socket.socket:
    """Listen on an address, before anything slow begins. Raises ``CannotListen``."""
    listening = _take(host, port, "server.bind_addr", backlog)
    listening.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return listening


def require_free(host: str, port: int, *, setting: str) -> None:
    """Raise ``CannotListen`` where an address cannot be taken now; ``setting`` is its name."""
    _take(host, port, setting).close()


def _take(host: str, port: int, setting: str, backlog: int | None = None) -> socket.socket:
    """Bind a socket, which listens where there is a backlog."""
    place = f"cannot listen on {host}:{port}"
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind, proto)
    except OSError as error:
        raise CannotListen(f"{place}: {error.strerror} ({setting})") from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        if backlog is not None:
            taken.listen(backlog)
    except OSError as error:
        taken.close()
        why = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
        raise CannotListen(f"{place}: {why} ({setting})") from error
    return taken


class Listener:
    """Accepts connections and puts each on a protocol of the factory's making.

    ``make_protocol`` gets when the connection was accepted, and what the protocol calls as soon as
    it has its transport: from then on the connection is not counted here.

    Not ``loop.create_server``: uvloop closes the listening socket for good when ``accept`` fails,
    as it does when the descriptors are used up.
    """

    def __init__(
        self,
        listening: socket.socket,
        make_protocol: Callable[[float, Callable[[], None]], asyncio.Protocol],
        *,
        is_full: Callable[[], bool],
        tls: ssl.SSLContext | None,
        tls_timeout: float,
        is_ahead: Callable[[], bool] | None = None,
    ) -> None:
        self._listening = listening
        self._make_protocol = make_protocol
        self._is_full = is_full
        self._tls = tls
        self._tls_timeout = tls_timeout
        self._is_ahead = is_ahead
        self._arriving: set[asyncio.Task[None]] = set()
        self._rest: asyncio.TimerHandle | None = None
        self._is_accepting = False
        self._silent_until = 0.0

    def __len__(self) -> int:
        """How many connections are accepted and not yet on their protocol."""
        return len(self._arriving)

    def start(self) -> None:
        """Begin to accept, on the running loop."""
        self._rest = None
        self._is_accepting = True
        asyncio.get_running_loop().add_reader(self._listening.fileno(), self._accept_some)

    def close(self) -> None:
        """Accept no more, and let the port go."""
        if self._rest is not None:
            self._rest.cancel()
        if self._is_accepting:
            self._pause()
        self._listening.close()

    def _pause(self) -> None:
        self._is_accepting = False
        asyncio.get_running_loop().remove_reader(self._listening.fileno())

    def abort(self) -> None:
        """End the handshakes that are under way."""
        for task in tuple(self._arriving):
            task.cancel()

    def _accept_some(self) -> None:
        if self._is_ahead is not None and self._is_ahead():
            self._pause()
            self._rest = asyncio.get_running_loop().call_later(YIELD_SECONDS, self._accept_left)
            return
        self._accept()

    def _accept_left(self) -> None:
        """Take some of those whom nobody else has taken meanwhile, and go on."""
        self.start()
        self._accept(YIELDED_ACCEPTS, is_yielding=False)

    def _accept(self, at_most: int = ACCEPTS_PER_TURN, *, is_yielding: bool = True) -> None:
        for _ in range(at_most):
            try:
                connection, _address = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue  # Gone before we looked.
            except OSError as error:
                if error.errno not in _OUT_OF_RESOURCES:
                    raise
                self._take_a_rest(error)
                return
            self._take_in(connection)
            if is_yielding and self._is_ahead is not None and self._is_ahead():
                return

    def _take_a_rest(self, error: OSError) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() >= self._silent_until:
            log.error("cannot_accept", reason=error.strerror, retry_seconds=REST_SECONDS)
            self._silent_until = loop.time() + LOG_EVERY_SECONDS
        self._pause()
        self._rest = loop.call_later(REST_SECONDS, self.start)

    def _take_in(self, connection: socket.socket) -> None:
        connection.setblocking(False)  # noqa: FBT003 - the standard library's signature
        if self._is_full():
            if self._tls is None:
                connection.send(_FULL)  # It fits into the empty send buffer.
            connection.close()
            return
        task = asyncio.get_running_loop().create_task(self._put_on_protocol(connection))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    async def _put_on_protocol(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        accepted_at = loop.time()
        # Not when this task is done, a turn of the loop later: who is full would refuse one more.
        on_arrival = partial(self._arriving.discard, asyncio.current_task())
        try:
            tls = self._tls
            if tls is not None and not await _begins_with_tls(connection, self._tls_timeout):
                tls = None  # Answered in plain: that this port wants https.
            await loop.connect_accepted_socket(
                lambda: self._make_protocol(accepted_at, on_arrival),
                connection,
                ssl=tls,
                ssl_handshake_timeout=self._tls_timeout if tls else None,
                ssl_shutdown_timeout=TLS_SHUTDOWN_SECONDS if tls else None,
            )
        except (OSError, ssl.SSLError, asyncio.CancelledError):
            connection.close()  # Gone, or no TLS: only the peer's own business.


async def _begins_with_tls(connection: socket.socket, timeout: float) -> bool:  # noqa: ASYNC109 - one bound for this and the handshake
    """Look at the first byte, and leave it there. Raises ``OSError`` where none comes in time."""
    loop = asyncio.get_running_loop()
    readable = loop.create_future()
    loop.add_reader(connection.fileno(), _wake, readable)
    try:
        await asyncio.wait_for(readable, timeout)
    finally:
        loop.remove_reader(connection.fileno())
    return connection.recv(1, socket.MSG_PEEK) == TLS_HANDSHAKE


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
