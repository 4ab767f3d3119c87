"""Runs the server from its settings to its orderly end: one process, or a parent and its workers."""

from __future__ import annotations

import asyncio

import structlog
import uvloop

from causerie.assembly.parent import serve_by_workers
from causerie.assembly.running import StopSignals, run_node, say_hello, start_logging
from causerie.assembly.settings import Settings, is_one_process
from causerie.assembly.storage import open_storage
from causerie.assembly.wiring import Node
from causerie.foundation.postgres import EmbeddedPostgres
from causerie.gateway.encryption import Certificate, CertificateUnusable
from causerie.gateway.listener import CannotListen, require_free

log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP."""
    uvloop.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Open the storage, build the node, listen, and stop in order when asked to."""
    start_logging(settings.logging)
    _require_certificates(settings)
    _require_addresses(settings)
    stop = StopSignals()
    try:
        if is_one_process(settings):
            await _serve_alone(settings, stop)
        else:
            await serve_by_workers(settings, stop)
    except asyncio.CancelledError:
        if not stop.came:
            raise
        log.info("stopped_before_listening")
    else:
        log.info("stopped")


async def _serve_alone(settings: Settings, stop: StopSignals) -> None:
    async def announce(_: Node, port: int) -> None:
        say_hello(settings, port)

    async with open_storage(settings) as storage:
        await run_node(settings, storage, stop, announce=announce)


def _require_addresses(settings: Settings) -> None:
    """Look at the ports, too, before there is a database for a server that cannot listen."""
    wanted = {"server.bind_addr": settings.server.bind_addr}
    if settings.grpc.enabled:
        wanted["grpc.bind_addr"] = settings.grpc.bind_addr
    try:
        for setting, address in wanted.items():
            require_free(address.host, address.port, setting=setting)
    except CannotListen:
        # Who has it may be the server on this very data folder: that is the better thing to say.
        if settings.database.url is None:
            EmbeddedPostgres.require_unowned(settings.server.data_dir)
        raise


def _require_certificates(settings: Settings) -> None:
    """Look at the files before anything is made or migrated for a server that cannot listen."""
    pairs = [(settings.server.tls_cert, settings.server.tls_key)]
    if settings.grpc.enabled:
        pairs.append((settings.grpc.tls_cert, settings.grpc.tls_key))
    for chain, key in pairs:
        if chain is not None and key is not None:
            try:
                Certificate(chain, key)
            except CertificateUnusable as error:
                raise CannotListen(str(error)) from error
