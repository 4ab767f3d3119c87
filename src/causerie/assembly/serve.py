"""Runs one node from its settings to its orderly end."""

from __future__ import annotations

import asyncio
import signal
import sys

import structlog
import uvloop

from causerie.assembly.settings import Settings
from causerie.assembly.storage import open_storage
from causerie.assembly.wiring import Node, build_node
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
    configure_logs(
        level=settings.logging.level, format=settings.logging.format, file=settings.logging.file
    )
    stop = _stop_on_signals()
    async with open_storage(settings) as storage:
        node = await build_node(settings, storage)
        try:
            server = GatewayServer(node.app, node.doors, _port(settings), node.workers)
            server.bind()
            node.workers.start()
            await server.start()
            _say_hello(settings, server.port)
            await stop.wait()
            await _stop(settings, node, server)
        finally:
            await node.workers.stop(WORKERS_DEADLINE_SECONDS)
            await node.health.close()
            node.accounts.close()
    log.info("stopped")


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
    )


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    return stop


def _say_hello(settings: Settings, port: int) -> None:
    """Tell the person at the terminal where to look; the log has the rest."""
    host = settings.server.bind_addr.host
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"Causerie listens on http://{shown}:{port}\n")
    sys.stdout.flush()
