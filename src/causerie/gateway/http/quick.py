"""Handlers that are asked often and need to know only who asks: answered without the framework.

Litestar makes a request object, resolves what the handler depends on, and builds a response: two thirds of
a small answer. A handler with ``opt=quickly(...)`` is described, routed and tested like every other, and
served from here: ``GET``, no parameters but ``principal``, and an answer that msgspec encodes. What memory
knows of it is asked first, and is answered by ``AtOnce`` without even a task.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

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

# What memory knows of the answer to somebody; None says nothing.
Recall = Callable[[Principal], object | None]
Headers = list[tuple[bytes, bytes]]


def quickly(recall: Recall) -> dict[str, Any]:  # Any: what Litestar takes
    """Give the ``opt`` of a quick handler, whose answer ``recall`` may know without awaiting."""
    return {"quick": recall}


@dataclass(frozen=True, slots=True)
class QuickHandler:
    """A handler's function, what memory knows of its answer, its ``opt`` and its path."""

    answer: Callable[[Principal], Awaitable[object]]
    recall: Recall
    opt: Mapping[str, Any]
    path: str


class QuickAnswer(NamedTuple):
    """An answer without what surrounds all answers."""

    status: int
    headers: Headers
    body: bytes


def quick_handlers(routes: Iterable[object]) -> dict[str, QuickHandler]:
    """Find the quick ones among an application's routes, by path.

    Raises ``TypeError`` for one that asks for more than can be given here.
    """
    found: dict[str, QuickHandler] = {}
    for route in routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            if "quick" in handler.opt:
                found[route.path] = _quick(route, handler)
    return found


def _quick(route: HTTPRoute, handler: HTTPRouteHandler) -> QuickHandler:
    parameters = list(inspect.signature(handler.fn).parameters)
    is_plain = handler.http_methods == {"GET"} and not route.path_parameters
    if parameters != ["principal"] or not is_plain or {"public", "tier"} & handler.opt.keys():
        raise TypeError(f"{route.path} cannot be quick: a GET that takes its principal can")
    return QuickHandler(handler.fn, handler.opt["quick"], handler.opt, route.path)


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
        try:
            await self._threshold.let_in(scope, handler.opt)
            answer = answered(await handler.answer(scope["user"]))
        except Exception as error:
            answer = failed(scope, error)
        headers = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def answered(value: object) -> QuickAnswer:
    """Answer with what a handler has found."""
    return QuickAnswer(200, [(b"content-type", b"application/json")], msgspec.json.encode(value))


def failed(scope: HTTPScope, error: Exception) -> QuickAnswer:
    """Answer a refusal, or a bug; both are counted."""
    if isinstance(error, Refusal):
        count_refusal(error)
        told = problem(error)
    else:
        metrics.ERRORS.labels(Code.INTERNAL).inc()
        log.error("request_failed", path=scope["path"], exc_info=error)
        told = internal_problem(scope["state"].get(REQUEST_ID_KEY, ""))
    headers = [(name.encode(), value.encode()) for name, value in told.headers]
    return QuickAnswer(told.status, headers, told.body)
