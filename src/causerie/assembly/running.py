"""One node from its open storage to its orderly end: listens, serves, drains, stops."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from causerie.assembly.reporting import reporting
from causerie.assembly.settings import LoggingSettings, Settings
from causerie.assembly.siblings import NO_SIBLINGS, Siblings
from causerie.assembly.storage import Storage, open_cache
from causerie.assembly.wiring import Node, build_node
from causerie.foundation.errors import Unavailable
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.telemetry import tracing
from causerie.foundation.telemetry.logs import configure_logs
from causerie.gateway.ports import Crowd
from causerie.gateway.server import GatewayServer, ServerSettings
from causerie.gateway.traced import trace_requests

log = structlog.get_logger()

# Of the shutdown's time, what is kept for PostgreSQL's own, so that it need not be killed.
WORKERS_DEADLINE_SECONDS = 2.0


async def run_node(
    settings: Settings,
    storage: Storage,
    stop: StopSignals,
    *,
    announce: Callable[[Node, int], Awaitable[None]],
    place: Place | None = None,
) -> None:
    """Serve until asked to stop. ``announce`` hears of the node and its port once it listens.

    ``place``: among the other processes of the server, where there are any. Raises ``CacheRefused``.
    """
    async with open_cache(settings) as cache:
        storage = dataclasses.replace(storage, cache=cache)
        with reporting(settings):
            await _run_on(settings, storage, stop, announce=announce, place=place)


async def _run_on(
    settings: Settings,
    storage: Storage,
    stop: StopSignals,
    *,
    announce: Callable[[Node, int], Awaitable[None]],
    place: Place | None,
) -> None:
    siblings = NO_SIBLINGS if place is None else place.siblings
    node = await build_node(settings, storage, siblings)
    try:
        server = GatewayServer(
            trace_requests(node.app),
            node.doors,
            _port(settings),
            node.workers,
            # Traces follow a request through the application, which is not called then.
            at_once=None if tracing.current() else node.app.read,
            listening=None if place is None else place.listening,
            crowd=None if place is None else place.crowd,
        )
        server.bind()
        if node.grpc is not None:
            node.grpc.bind()
        stop.leave_the_start_alone()
        await _rehearse(node)
        node.workers.start()
        await server.start()
        await announce(node, server.port)
        await stop.wait()
        await _stop(settings, node, server)
    finally:
        await node.workers.stop(WORKERS_DEADLINE_SECONDS)
        await node.health.close()
        node.accounts.close()


async def _rehearse(node: Node) -> None:
    """Open the connection of those who arrive and plan its statements, before they wait for it."""
    nobody = UserId(0)
    with suppress(Unavailable):  # As the first who comes would find out.
        await node.conversations.service.find_arrival(nobody)
        await node.conversations.service.snapshot(nobody, [ConversationId(0)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Of a worker process: the socket that all accept on, and what it knows of the others."""

    listening: socket.socket
    crowd: Crowd
    siblings: Siblings


class StopSignals:
    """SIGINT, SIGTERM, SIGHUP: while the start waits for a database they end it, later are heard."""

    def __init__(self) -> None:
        self._came = asyncio.Event()
        self._starting = asyncio.current_task()
        loop = asyncio.get_running_loop()
        signals = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: go on without terminal
            signals.append(signal.SIGHUP)
        for signal_number in signals:
            loop.add_signal_handler(signal_number, self._hear)

    @property
    def came(self) -> bool:
        """Whether one has come."""
        return self._came.is_set()

    def leave_the_start_alone(self) -> None:
        """From here on the server stops in order."""
        self._starting = None

    async def wait(self) -> None:
        """Wait for one."""
        await self._came.wait()

    def _hear(self) -> None:
        # Once: a second one must not cut off the stop of the embedded PostgreSQL.
        if self._starting is not None and not self.came:
            self._starting.cancel()
        self._came.set()


def start_logging(logging: LoggingSettings) -> None:
    """Log as the settings say. Raises ``OSError`` where the file cannot be written."""
    try:
        configure_logs(
            level=logging.level, format=logging.format, file=logging.file, is_lasting=True
        )
    except OSError as error:
        raise OSError(
            f"the log file logging.file = {str(logging.file)!r} cannot be written: {error}"
        ) from error


async def _stop(settings: Settings, node: Node, server: GatewayServer) -> None:
    log.info("stopping", deadline_seconds=settings.server.shutdown_timeout)
    node.doors.shut()
    deadline = settings.server.shutdown_timeout

    async def drain() -> None:
        await node.messages.writer.drain(deadline)
        await node.completion.drain(deadline)
        await node.crew.finish(deadline)

    async with asyncio.TaskGroup() as group:
        group.create_task(server.stop(drain, deadline))
        if node.grpc is not None:
            group.create_task(node.grpc.stop(deadline))


def _port(settings: Settings) -> ServerSettings:
    server = settings.server
    return ServerSettings(
        host=server.bind_addr.host,
        port=server.bind_addr.port,
        max_connections=server.max_connections,
        connection_timeout=server.connection_timeout,
        heartbeat_interval=server.heartbeat_interval,
        compression=server.compression,
        is_production=server.environment == "production",
        tls_cert=server.tls_cert,
        tls_key=server.tls_key,
    )


def say_hello(settings: Settings, port: int) -> None:
    """Tell the person at the terminal where to look; the log has the rest."""
    host = settings.server.bind_addr.host
    shown = f"[{host}]" if ":" in host else host
    scheme = "http" if settings.server.tls_cert is None else "https"
    sys.stdout.write(f"Causerie listens on {scheme}://{shown}:{port}\n")
    if settings.logging.format == "console":  # for a person; a collector has the log
        data = "" if settings.database.url else f"; its data: {settings.server.data_dir.resolve()}"
        sys.stdout.write(f"Its calls: {scheme}://{shown}:{port}/docs{data}; Ctrl-C stops it\n")
    sys.stdout.flush()
