"""The server of the one port: HTTP by uvicorn's protocol, sockets by ours, started and stopped."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from pathlib import Path
from typing import cast

import msgspec
import structlog
from uvicorn._types import ASGIApplication
from uvicorn.config import Config
from uvicorn.server import ServerState

from causerie.foundation.telemetry import metrics
from causerie.foundation.workers import Workers
from causerie.gateway import closing
from causerie.gateway.answering import AnswerAtOnce
from causerie.gateway.bridge import CLOSE_TIMEOUT_SECONDS
from causerie.gateway.encryption import Certificate, CertificateUnusable
from causerie.gateway.entrance import Entrance
from causerie.gateway.http_protocol import HttpProtocol
from causerie.gateway.listener import CannotListen, Listener, bind, raise_descriptor_limit
from causerie.gateway.ports import Crowd, Doorkeeper
from causerie.gateway.sweeper import Sweeper

log = structlog.get_logger()

# An ASGI application. Its libraries each have a type of their own for it, and none fits another.
Application = Callable[..., Awaitable[None]]

DESCRIPTOR_RESERVE = 256  # For PostgreSQL, logs, files and the HTTP answers that say "full".
HTTP_RESERVE = 1024  # Connections besides the sockets: HTTP, upgrades under way, those leaving.
# What a batch makes is gone with it, by reference counts: looking for cycles every 700 objects, as
# Python does by itself, took 5 % of a busy server.
YOUNG_OBJECTS = 50_000
OLDER_GENERATIONS = (20, 50)
STOP_POLL_SECONDS = 0.02  # How often a stopping server looks whether all are gone.
CROWD_SECONDS = 0.1  # How old what other processes know of our connections may be.
# By how much this process may have more connections than another before it lets that one go first:
# the few that come at once are not worth the five milliseconds.
AHEAD_CONNECTIONS = 8


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator decides about the port. Times are in seconds."""

    host: str
    port: int
    max_connections: int = 20_000
    connection_timeout: float = 10.0
    heartbeat_interval: float = 30.0
    # Longer than proxies keep theirs (nginx and most balancers a minute): who closes first must be
    # whoever asks, else a request goes into a connection that is being closed.
    keep_alive_timeout: int = 75
    backlog: int = 2048
    tls_cert: Path | None = None
    tls_key: Path | None = None
    compression: bool = True
    is_production: bool = False


class GatewayServer:
    """One port, with an ASGI application and a doorkeeper behind it.

    ``bind`` before anything slow, ``start`` when everything behind it stands, ``stop`` once.
    Adds the worker ``gateway.sweeper``. ``at_once`` may know an answer before the application is
    called. Where several processes share the port, ``listening`` is the socket that they have
    inherited, and ``crowd`` what they know of each other.
    """

    def __init__(
        self,
        app: Application,
        doorkeeper: Doorkeeper,
        settings: ServerSettings,
        workers: Workers,
        *,
        at_once: AnswerAtOnce | None = None,
        listening: socket.socket | None = None,
        crowd: Crowd | None = None,
    ) -> None:
        self._settings = settings
        self._at_once = at_once
        self._listening = listening
        self._crowd = crowd
        self._config = Config(
            cast("ASGIApplication", app),
            http=HttpProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=settings.keep_alive_timeout,
        )
        self._http = ServerState()
        self._sweeper = Sweeper(settings.heartbeat_interval, time.monotonic)
        self._entrance = Entrance(
            doorkeeper,
            self._sweeper,
            is_compressing=settings.compression,
            is_production=settings.is_production,
        )
        self._listener: Listener | None = None
        self._certificate: Certificate | None = None
        self._max_tcp_connections = settings.max_connections + HTTP_RESERVE
        self.port = settings.port
        workers.add("gateway.sweeper", self._sweeper.run)
        workers.add("gateway.date", self._keep_date)
        if settings.tls_cert is not None:
            workers.add("gateway.certificate", self._renew)
        if crowd is not None:
            workers.add("gateway.crowd", self._keep_crowd_told)
        metrics.ACTIVE_CONNECTIONS.read_from(lambda: len(self._sweeper))

    def bind(self) -> None:
        """Take the address; connections wait in the kernel until ``start``. Raises ``CannotListen``."""
        settings = self._settings
        certificate = self._certificate = self._find_certificate()
        self._max_tcp_connections = min(
            self._max_tcp_connections, raise_descriptor_limit() - DESCRIPTOR_RESERVE
        )
        listening = self._listening or bind(settings.host, settings.port, settings.backlog)
        self.port = listening.getsockname()[1]
        self._listener = Listener(
            listening,
            self._make_protocol,
            is_full=self._is_full,
            tls=None if certificate is None else certificate.context,
            tls_timeout=settings.connection_timeout,
            is_ahead=None if self._crowd is None else self._is_ahead,
        )

    async def start(self) -> None:
        """Begin to accept. What exists by now is taken to stay, and spared by the collector."""
        if self._listener is None:
            self.bind()
        self._config.load()
        self._set_date()
        gc.collect()
        gc.set_threshold(YOUNG_OBJECTS, *OLDER_GENERATIONS)
        gc.freeze()  # Measured: full collections over ten thousand connections were the p99.
        if self._listener is not None:
            self._listener.start()
        log.info("listening", host=self._settings.host, port=self.port)

    def close(self) -> None:
        """Let the address go; what was accepted stays. For a start that failed, and within ``stop``."""
        if self._listener is not None:
            self._listener.close()

    def connections(self) -> int:
        """How many TCP connections there are, in whatever state."""
        arriving = 0 if self._listener is None else len(self._listener)
        entrance = self._entrance
        waiting, leaving = len(entrance.waiting), len(entrance.leaving)
        return len(self._http.connections) + len(self._sweeper) + waiting + leaving + arriving

    async def stop(self, drain: Callable[[], Awaitable[None]], deadline_seconds: float) -> None:
        """Stop in order: accept no more, let ``drain`` commit what was accepted, close with 1012.

        What is left after ``deadline_seconds`` in all is cut off.
        """
        deadline = asyncio.get_running_loop().time() + deadline_seconds
        self.close()
        self._entrance.is_closed = True
        for connection in tuple(self._http.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout_at(
                deadline - min(CLOSE_TIMEOUT_SECONDS, deadline_seconds / 2)
            ):
                await drain()
        except TimeoutError:
            log.warning("drain_cut_off", deadline_seconds=deadline_seconds)
        for peer in self._sweeper.peers():
            peer.close(closing.SERVICE_RESTART.code, "the server restarts; come back and resume")
        try:
            async with asyncio.timeout_at(deadline):
                await self._all_gone()
        except TimeoutError:
            log.warning("connections_cut_off", connections=self.connections())
            self._abort()

    async def _all_gone(self) -> None:
        # Polled, since connections are counted by five owners and none of them needs an event else.
        while self.connections():  # noqa: ASYNC110 - see the line above
            await asyncio.sleep(STOP_POLL_SECONDS)

    def _abort(self) -> None:
        if self._listener is not None:
            self._listener.abort()
        self._entrance.abort()
        for peer in self._sweeper.peers():
            peer.abort()
        for connection in tuple(self._http.connections):
            if isinstance(connection, HttpProtocol):
                connection.abort()

    def _make_protocol(self, accepted_at: float, on_arrival: Callable[[], None]) -> HttpProtocol:
        return HttpProtocol(
            self._config,
            self._http,
            self._entrance,
            at_once=self._at_once,
            accepted_at=accepted_at,
            on_arrival=on_arrival,
            connection_timeout=self._settings.connection_timeout,
        )

    def _is_full(self) -> bool:
        """Say whether there is no room for one more, also when somebody idle is asked to leave."""
        if self.connections() < self._max_tcp_connections:
            return False
        return not any(
            isinstance(connection, HttpProtocol) and connection.leave_if_idle()
            for connection in self._http.connections
        )

    def _is_ahead(self) -> bool:
        """Say whether another process has clearly fewer connections than this one."""
        if self._crowd is None:
            return False
        connections = self._tell_crowd(self._crowd)
        return connections > self._crowd.fewest_elsewhere() + AHEAD_CONNECTIONS

    def _tell_crowd(self, crowd: Crowd) -> int:
        connections = self.connections()
        crowd.note(connections=connections, sockets=len(self._sweeper))
        return connections

    async def _keep_crowd_told(self) -> None:
        while self._crowd is not None:
            self._tell_crowd(self._crowd)
            await asyncio.sleep(CROWD_SECONDS)

    def _find_certificate(self) -> Certificate | None:
        chain, key = self._settings.tls_cert, self._settings.tls_key
        if chain is None or key is None:
            return None
        try:
            found = Certificate(chain, key)
        except CertificateUnusable as error:
            raise CannotListen(str(error)) from error
        found.warn_of_end()
        return found

    def _set_date(self) -> None:
        self._http.default_headers = [(b"date", formatdate(usegmt=True).encode())]

    async def _renew(self) -> None:
        if self._certificate is not None:
            await self._certificate.watch()

    async def _keep_date(self) -> None:
        """Write the ``Date`` of the answers once a second, as RFC 9110 §6.6.1 wants it."""
        while True:
            self._set_date()
            await asyncio.sleep(1.0)
