"""Runs one node from its settings to its orderly end."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress

import structlog
import uvloop

from causerie.assembly.settings import LoggingSettings, Settings
from causerie.assembly.storage import Storage, open_storage
from causerie.assembly.wiring import Node, build_node
from causerie.foundation.errors import Unavailable
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.telemetry.logs import configure_logs
from causerie.gateway.server import GatewayServer, ServerSettings

log = structlog.get_logger()

# Of the shutdown's time, what is kept for PostgreSQL's own, so that it need not be killed.
WORKERS_DEADLINE_SECONDS = 2.0


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    uvloop.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Open the storage, build the node, listen, and stop in order when asked to."""
    _configure_logs(settings.logging)
    stop = StopSignals()
    try:
        async with open_storage(settings) as storage:
            await _serve_on(settings, storage, stop)
    except asyncio.CancelledError:
        if not stop.came:
            raise
        log.info("stopped_before_listening")
    else:
        log.info("stopped")


async def _serve_on(settings: Settings, storage: Storage, stop: StopSignals) -> None:
    node = await build_node(settings, storage)
    try:
        server = GatewayServer(node.app, node.doors, _port(settings), node.workers)
        server.bind()
        stop.leave_the_start_alone()
        await _rehearse(node)
        node.workers.start()
        await server.start()
        _say_hello(settings, server.port)
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


class StopSignals:
    """SIGINT and SIGTERM: while the start waits for a database they end it, later they are heard."""

    def __init__(self) -> None:
        self._came = asyncio.Event()
        self._starting = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
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


def _configure_logs(logging: LoggingSettings) -> None:
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

    await server.stop(drain, deadline)


def _port(settings: Settings) -> ServerSettings:
    server = settings.server
    return ServerSettings(
        host=server.bind_addr.host,
        port=server.bind_addr.port,
        max_connections=server.max_connections,
        connection_timeout=server.connection_timeout,
        heartbeat_interval=server.heartbeat_interval,
        compression=server.compression,
        tls_cert=server.tls_cert,
        tls_key=server.tls_key,
    )


def _say_hello(settings: Settings, port: int) -> None:
    """Tell the person at the terminal where to look; the log has the rest."""
    host = settings.server.bind_addr.host
    shown = f"[{host}]" if ":" in host else host
    scheme = "http" if settings.server.tls_cert is None else "https"
    sys.stdout.write(f"Causerie listens on {scheme}://{shown}:{port}\n")
    if settings.logging.format == "console":  # for a person; a collector has the log
        data = "" if settings.database.url else f"; its data: {settings.server.data_dir.resolve()}"
        sys.stdout.write(f"Its calls: {scheme}://{shown}:{port}/docs{data}; Ctrl-C stops it\n")
    sys.stdout.flush()
