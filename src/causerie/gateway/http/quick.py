"""Handlers that are asked often and need to know only who asks: answered without the framework.

Litestar makes a request object, resolves what the handler depends on, and builds a response: two thirds of
a small answer. A handler with ``opt=QUICK`` is described, routed and tested like every other, and
served from here: ``GET``, no parameters but ``principal``, and an answer that msgspec encodes.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from causerie.foundation.errors import Code, Refusal
from causerie.foundation.identity import Principal
from causerie.foundation.telemetry import metrics
from causerie.gateway.errors import count_refusal, internal_problem, problem
from causerie.gateway.http.requests import REQUEST_ID_KEY
from causerie.gateway.http.threshold import Threshold

log = structlog.get_logger()

QUICK: dict[str, Any] = {"quick": True}  # `opt=QUICK` on a handler; Any: what Litestar takes

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class QuickHandler:
    """A handler's function, and its ``opt``."""

    answer: Callable[[Principal], Awaitable[object]]
    opt: Mapping[str, Any]


def quick_handlers(routes: Iterable[object]) -> dict[str, QuickHandler]:
    """Find the quick ones among an application's routes, by path.

    Raises ``TypeError`` for one that asks for more than can be given here.
    """
    found: dict[str, QuickHandler] = {}
    for route in routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            if handler.opt.get("quick"):
                found[route.path] = _quick(route, handler)
    return found


def _quick(route: HTTPRoute, handler: HTTPRouteHandler) -> QuickHandler:
    parameters = list(inspect.signature(handler.fn).parameters)
    if parameters != ["principal"] or handler.http_methods != {"GET"} or route.path_parameters:
        raise TypeError(f"{route.path} cannot be quick: a GET that takes its principal can")
    return QuickHandler(handler.fn, handler.opt)


class QuickAnswers:
    """Stands before the framework; what it does not know passes through."""

    def __init__(
        self, app: ASGIApp, handlers: Mapping[str, QuickHandler], threshold: Threshold
    ) -> None:
        self._app = app
        self._handlers = handlers
        self._threshold = threshold

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] == ScopeType.HTTP and scope["method"] == "GET":
            handler = self._handlers.get(scope["path"])
            if handler is not None:
                scope["path_template"] = scope["path"]
                await self._answer(handler, scope, send)
                return
        await self._app(scope, receive, send)

    async def _answer(self, handler: QuickHandler, scope: HTTPScope, send: Send) -> None:
        status = 200
        headers: Headers = [(b"content-type", b"application/json")]
        try:
            await self._threshold.let_in(scope, handler.opt)
            body = msgspec.json.encode(await handler.answer(scope["user"]))
        except Refusal as refusal:
            count_refusal(refusal)
            refused = problem(refusal)
            status, body = refused.status, refused.body
            headers = [(name.encode(), value.encode()) for name, value in refused.headers]
        except Exception:
            metrics.ERRORS.labels(Code.INTERNAL).inc()
            log.exception("request_failed", path=scope["path"])
            failed = internal_problem(scope["state"].get(REQUEST_ID_KEY, ""))
            status, body = failed.status, failed.body
            headers = [(name.encode(), value.encode()) for name, value in failed.headers]
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})
