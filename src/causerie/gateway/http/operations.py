"""What operators and readers ask of any server: health, metrics, the API's description."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from litestar import Response, get
from litestar.exceptions import HTTPException
from litestar.openapi import ResponseSpec
from litestar.types import ControllerRouterHandler

from causerie.foundation.telemetry import metrics
from causerie.gateway.addresses import TrustedProxies, is_loopback
from causerie.gateway.health import Health, HealthStatus, Report
from causerie.gateway.http.asyncapi import SocketDescription
from causerie.gateway.http.limited import UNLIMITED
from causerie.gateway.http.openapi import Description
from causerie.gateway.http.requests import (
    AnyRequest,
    bearer_token,
    client_address,
    header,
)
from causerie.gateway.ports import Authenticator

S = TypeVar("S", bound=msgspec.Struct)

DOWN = {
    503: ResponseSpec(
        Report, generate_examples=False, description="The server cannot work, and why"
    )
}


class Liveness(msgspec.Struct, frozen=True):
    """The process runs its loop; nothing else was looked at."""

    status: HealthStatus
    uptime_seconds: float


def health_routes(health: Health) -> list[ControllerRouterHandler]:
    """Make the routes that load balancers and people ask."""

    async def answer() -> Response[Report]:
        started = time.perf_counter()
        report = await health.report()
        return _health(report, report.status, started)

    @get(["/health", "/api/health"], opt=UNLIMITED, tags=["operations"], responses=DOWN)
    async def show_health() -> Response[Report]:
        """Check everything: 200 where the server can work, 503 where it cannot, with figures."""
        return await answer()

    @get("/health/ready", opt=UNLIMITED, tags=["operations"], responses=DOWN)
    async def show_readiness() -> Response[Report]:
        """Tell a load balancer whether to send traffic here: 200 or 503."""
        return await answer()

    @get("/health/live", opt=UNLIMITED, tags=["operations"])
    async def show_liveness() -> Response[Liveness]:
        """Tell a supervisor that the process lives: always 200, and the database is not asked."""
        alive = Liveness(HealthStatus.OK, health.uptime_seconds)
        return _health(alive, alive.status, time.perf_counter())

    return [show_health, show_readiness, show_liveness]


def _health(shown: S, status: HealthStatus, started: float) -> Response[S]:
    milliseconds = (time.perf_counter() - started) * 1000
    return Response(
        shown,
        status_code=503 if status is HealthStatus.DOWN else 200,
        headers={
            "cache-control": "no-store",
            "x-health-status": status,
            "x-response-time": f"{milliseconds:.3f}ms",
        },
    )


async def own_metrics() -> bytes:
    """Write the metrics of this process, which is all of the server."""
    return metrics.render()


def metrics_route(
    authenticator: Authenticator, trusted: TrustedProxies, render: Callable[[], Awaitable[bytes]]
) -> ControllerRouterHandler:
    """Make the route that Prometheus scrapes: open on this machine, elsewhere with a token."""

    @get("/metrics", opt=UNLIMITED, tags=["operations"], media_type=metrics.CONTENT_TYPE)
    async def show_metrics(request: AnyRequest) -> Response[bytes]:
        """Show all metrics in Prometheus' text format. From another machine a token is needed."""
        if not _is_local(request, trusted):
            await authenticator.authenticate_bearer(bearer_token(request.scope))
        # Not as its media type: the framework would add a second charset, for which Prometheus 3
        # refuses the whole page.
        headers = {"cache-control": "no-store", "content-type": metrics.CONTENT_TYPE}
        return Response(await render(), headers=headers)

    return show_metrics


def _is_local(request: AnyRequest, trusted: TrustedProxies) -> bool:
    """Say whether the request began on this machine.

    A proxy on this machine that is not among the trusted ones makes the world look local: what it
    forwards does not count as such.
    """
    scope = request.scope
    peer = scope["client"][0] if scope["client"] else ""
    is_forwarded = header(scope, b"x-forwarded-for") or header(scope, b"forwarded")
    if is_forwarded and not trusted.trusts(peer):
        return False
    return is_loopback(client_address(scope, trusted))


def description_routes(
    description: Description, sockets: SocketDescription | None
) -> list[ControllerRouterHandler]:
    """Make the routes that describe the API, to programs and to people."""
    if sockets is None:
        return _described("/openapi.json", "/docs", description)
    return [
        *_described("/openapi.json", "/docs", description),
        *_described("/asyncapi.json", "/docs/sockets", sockets),
        _asked_plainly(sockets.addresses),
    ]


def _asked_plainly(addresses: list[str]) -> ControllerRouterHandler:

    @get(addresses, opt=UNLIMITED, include_in_schema=False)
    async def ask_for_upgrade() -> None:
        """Say what is missing: mostly it is a proxy that keeps the upgrade to itself."""
        raise HTTPException(
            status_code=426,
            detail="This is a WebSocket, and the request has no Upgrade: websocket. A proxy in "
            "between must pass on the headers Upgrade and Connection",
            headers={"upgrade": "websocket"},
        )

    return ask_for_upgrade


def _described(
    document_path: str, page_path: str, description: Description | SocketDescription
) -> list[ControllerRouterHandler]:

    @get(document_path, opt=UNLIMITED, include_in_schema=False)
    async def show_document() -> Response[bytes]:
        """Give the document that programs read."""
        document = await asyncio.to_thread(description.document)
        return Response(document, media_type="application/json")

    @get(page_path, opt=UNLIMITED, include_in_schema=False)
    async def show_page() -> Response[bytes]:
        """Give the reader's page."""
        page, policy = await asyncio.to_thread(description.page)
        return Response(
            page,
            media_type="text/html",
            headers={"content-security-policy": policy},
        )

    return [show_document, show_page]
