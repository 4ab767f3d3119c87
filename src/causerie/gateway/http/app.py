"""Builds the HTTP application from the slices' handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence

from litestar import Litestar
from litestar.di import Provide
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from causerie.foundation.identity import Principal
from causerie.gateway.addresses import TrustedProxies
from causerie.gateway.encryption import HttpsRule
from causerie.gateway.health import Health
from causerie.gateway.http import requests
from causerie.gateway.http.asyncapi import SocketDescription
from causerie.gateway.http.at_once import AtOnce
from causerie.gateway.http.bodies import StrictBody
from causerie.gateway.http.cookies import CookieSessions
from causerie.gateway.http.envelope import Envelope
from causerie.gateway.http.openapi import Description
from causerie.gateway.http.operations import (
    description_routes,
    health_routes,
    metrics_route,
    own_metrics,
)
from causerie.gateway.http.quick import QuickAnswers, quick_handlers
from causerie.gateway.http.refusals import EXCEPTION_HANDLERS
from causerie.gateway.http.requests import AnyRequest
from causerie.gateway.http.site import Site, site_routes
from causerie.gateway.http.threshold import Threshold
from causerie.gateway.ports import Admission, Authenticator, Lookout

MAX_BODY_BYTES = 256 * 1024  # The longest text in four-byte characters, escaped, is under 50 KB.


def build_app(  # noqa: PLR0913 - what assembly gives it once, each by name
    route_handlers: Sequence[ControllerRouterHandler],
    *,
    authenticator: Authenticator,
    health: Health,
    render_metrics: Callable[[], Awaitable[bytes]] | None = None,
    is_production: bool = False,
    is_https_asked_for: bool = False,
    trusted_proxies: TrustedProxies | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
    allowed_origins: Collection[str] = (),
    admission: Admission | None = None,
    lookout: Lookout | None = None,
    cookies: CookieSessions | None = None,
    sockets: SocketDescription | None = None,
) -> AtOnce:
    """Build the application.

    Handlers get, where they have a parameter of that name and type: ``data: JSONBody[T]`` (decoded
    strictly into ``T``), ``principal: Acting``, ``client_address: ClientAddress`` and
    ``idempotency_key: IdempotencyKey``. All of them need credentials, apart from those with
    ``opt=PUBLIC``. All are counted by ``admission``, in the tier that their ``opt`` names.
    """
    trusted = trusted_proxies or TrustedProxies()

    def principal(request: AnyRequest) -> Principal:
        return request.scope["user"]  # type: ignore[no-any-return] # set by the guard

    def client_address(request: AnyRequest) -> str:
        return requests.client_address(request.scope, trusted)

    def idempotency_key(request: AnyRequest) -> str | None:
        return requests.idempotency_key(request)

    all_handlers = [
        *route_handlers,
        *health_routes(health),
        metrics_route(authenticator, trusted, render_metrics or own_metrics),
    ]
    threshold = Threshold(authenticator, trusted, admission, lookout, cookies)
    description = Description(all_handlers, version=health.version)
    app = Litestar(
        [*all_handlers, *description_routes(description, sockets), *site_routes(Site())],
        dependencies={
            "principal": Provide(principal, sync_to_thread=False),
            "client_address": Provide(client_address, sync_to_thread=False),
            "idempotency_key": Provide(idempotency_key, sync_to_thread=False),
        },
        dto=StrictBody,
        return_dto=None,
        exception_handlers=EXCEPTION_HANDLERS,
        before_request=threshold,
        request_class=requests.BoundedRequest,
        request_max_body_size=max_body_bytes,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    handlers = quick_handlers(app.routes)
    envelope = Envelope(
        QuickAnswers(app, handlers, threshold),
        is_production=is_production,
        https=HttpsRule(trusted, is_asked_for=is_https_asked_for),
        allowed_origins=allowed_origins,
        methods=_methods_of(app),
        on_error=None
        if lookout is None
        else lambda scope, status: lookout.refused(requests.client_address(scope, trusted), status),
    )
    return AtOnce(envelope, handlers.values(), threshold)


def _methods_of(app: Litestar) -> dict[str, set[str]]:
    """The methods of each route; HEAD is answered wherever GET is (see ``Envelope``)."""
    methods: dict[str, set[str]] = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            methods.setdefault(route.path_format, set()).update(route.methods)
    for names in methods.values():
        if "GET" in names:
            names.add("HEAD")
    return methods
