"""The gRPC server of one process: its port, its certificate, its health, its orderly end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from causerie.foundation.telemetry import metrics
from causerie.gateway.doors import Doors
from causerie.gateway.grpc.calls import Gate, Service
from causerie.gateway.grpc.credentials import credentials
from causerie.gateway.grpc.serving import Serving
from causerie.gateway.health import Health, HealthStatus
from causerie.gateway.listener import CannotListen

log = structlog.get_logger()

MAX_CALLS_AT_ONCE = 10_000  # Streams and all; some 20 KB each.
MAX_STREAMS_PER_CONNECTION = 1000  # HTTP/2 streams, that is calls; a service opens few connections.
REQUEST_ENVELOPE_BYTES = 4096  # Beside the text of a message: ids, keys, files.
HEALTH_SECONDS = 0.5  # How often health is looked at; balancers ask every few seconds.
KEEPALIVE_TIMEOUT_MS = 10_000  # As long as two lost packets take on a bad line.
MIN_PING_MS = 10_000  # Who pings more often is cut off (GOAWAY, too many pings).
STOP_POLL_SECONDS = 0.02
LAST_WORDS_SECONDS = 0.25  # For statuses that are on their way when all calls have ended.
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class GrpcSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator decides about the port. Times are in seconds."""

    host: str
    port: int
    max_text_bytes: int
    heartbeat_interval: float = 30.0
    tls_cert: Path | None = None
    tls_key: Path | None = None
    client_ca: Path | None = None
    is_shared: bool = False  # Several processes listen on the one port (SO_REUSEPORT).


class GrpcServer:
    """One port with the services behind it: ``bind`` early, ``run`` as a worker, ``stop`` once."""

    def __init__(
        self,
        settings: GrpcSettings,
        services: Sequence[Service],
        *,
        gate: Gate,
        doors: Doors,
        health: Health,
    ) -> None:
        self._settings = settings
        self._services = services
        self._health = health
        self._serving = Serving(gate, doors)
        self._server: aio.Server | None = None
        self._is_started = False
        self._is_stopping = False
        self._shown = health_aio.HealthServicer()
        self._status: int = NOT_SERVING
        self.port = settings.port
        metrics.GRPC_STREAMS.read_from(lambda: len(self._serving.streams))

    def bind(self) -> None:
        """Take the address. Raises ``CannotListen``."""
        settings = self._settings
        server = aio.server(options=_options(settings), maximum_concurrent_rpcs=MAX_CALLS_AT_ONCE)
        self._add_services(server)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"{host}:{settings.port}"
        proof = credentials(settings.tls_cert, settings.tls_key, settings.client_ca)
        try:
            if proof is None:
                self.port = server.add_insecure_port(address)
            else:
                self.port = server.add_secure_port(address, proof)
        except RuntimeError as error:
            raise CannotListen(
                f"cannot listen for gRPC on {address}: another program listens there, or the "
                "address is not this machine's (grpc.bind_addr)"
            ) from error
        self._server = server

    async def run(self) -> None:
        """Serve, and say how the server is: a supervised worker."""
        if self._server is None:
            return
        if not self._is_started:
            self._is_started = True
            await self._server.start()
            log.info("grpc_listening", host=self._settings.host, port=self.port)
        while not self._is_stopping:
            report = await self._health.report()
            await self._say(NOT_SERVING if report.status is HealthStatus.DOWN else SERVING)
            await asyncio.sleep(HEALTH_SECONDS)

    async def stop(self, deadline_seconds: float) -> None:
        """Take no more calls, let those that run come to their end, and end the streams."""
        if self._server is None or not self._is_started:
            return
        self._is_stopping = True
        await self._shown.enter_graceful_shutdown()
        serving = self._serving
        try:
            async with asyncio.timeout(deadline_seconds):
                while serving.answering:  # noqa: ASYNC110 - one counter, which needs no event else
                    await asyncio.sleep(STOP_POLL_SECONDS)
                serving.end_streams()
                while serving.streams:  # noqa: ASYNC110 - the same
                    await asyncio.sleep(STOP_POLL_SECONDS)
        except TimeoutError:
            log.warning("calls_cut_off", calls=serving.answering, streams=len(serving.streams))
        await self._server.stop(LAST_WORDS_SECONDS)

    def _add_services(self, server: aio.Server) -> None:
        names = [service.name for service in self._services]
        for service in self._services:
            server.add_generic_rpc_handlers((self._serving.handlers_of(service),))
        health_pb2_grpc.add_HealthServicer_to_server(self._shown, server)
        health_name = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
        # Open to all, like the description of the HTTP calls: it says what there is and not what
        # anybody has.
        reflection.enable_server_reflection([*names, health_name, reflection.SERVICE_NAME], server)

    async def _say(self, status: int) -> None:
        if status == self._status or self._is_stopping:
            return
        self._status = status
        for name in ("", *(service.name for service in self._services)):
            await self._shown.set(name, status)


def _options(settings: GrpcSettings) -> list[tuple[str, int]]:
    heartbeat_ms = round(settings.heartbeat_interval * 1000)
    return [
        ("grpc.so_reuseport", int(settings.is_shared)),
        ("grpc.max_receive_message_length", settings.max_text_bytes + REQUEST_ENVELOPE_BYTES),
        ("grpc.max_concurrent_streams", MAX_STREAMS_PER_CONNECTION),
        # Dead callers are found as dead sockets are, streams of theirs or not.
        ("grpc.keepalive_time_ms", heartbeat_ms),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", MIN_PING_MS),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", MIN_PING_MS),
    ]
