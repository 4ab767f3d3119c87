"""What follows HTTP requests and socket commands: spans where traces are on, ids in the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

import msgspec
from structlog.contextvars import bound_contextvars

from causerie.foundation.telemetry import following, tracing
from causerie.foundation.telemetry.tracing import Begun, Tracer
from causerie.gateway.router import Handler, Reply, Router
from causerie.gateway.session import Session

# Any: ASGI's scopes and messages.
Scope = MutableMapping[str, Any]
Send = Callable[[Any], Awaitable[None]]
App = Callable[..., Awaitable[None]]


def trace_requests(app: App) -> App:
    """Give the application, with a span around each request where there is a tracer."""
    tracer = tracing.current()
    if tracer is None:
        return app

    async def traced(scope: Scope, receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        given = {name: value for name, value in scope["headers"] if name == b"traceparent"}
        traceparent = given.get(b"traceparent", b"").decode("latin-1") or None
        with tracer.serving("HTTP request", traceparent) as begun:
            begun.span.set_attribute("http.request.method", scope["method"])

            async def noting(message: Any) -> None:
                if message["type"] == "http.response.start":
                    _note_answer(begun, message)
                await send(message)

            try:
                await app(scope, receive, noting)
            finally:
                route = str(scope.get("path_template", "unmatched"))
                begun.span.set_attribute("http.route", route)
                begun.span.update_name(f"{scope['method']} {route}")

    return traced


def _note_answer(begun: Begun, message: Any) -> None:
    begun.span.set_attribute("http.response.status_code", message["status"])
    for name, value in message["headers"]:
        if name == b"x-request-id":
            begun.span.set_attribute("http.request.id", value.decode())


def trace_commands(router: Router) -> None:
    """Have the handlers that are registered so far followed: by the log, and by a span with traces."""
    tracer = tracing.current()
    if tracer is not None:
        router.wrap(lambda name, handler: _traced(tracer, name, handler))
    if following.is_followed():
        router.wrap(lambda _, handler: _named(handler))


def _named(handler: Handler[msgspec.Struct]) -> Handler[msgspec.Struct]:
    """Have each line of the log, and what is sent, name the connection whose command it comes from."""

    def named(
        session: Session, command: msgspec.Struct, reply: Reply
    ) -> Coroutine[None, None, None] | None:
        with bound_contextvars(connection_id=session.id):
            work = handler(session, command, reply)
        return None if work is None else _bound(session.id, work)

    return named


async def _bound(connection_id: str, work: Coroutine[None, None, None]) -> None:
    with bound_contextvars(connection_id=connection_id):
        await work


def _traced(tracer: Tracer, name: str, handler: Handler[msgspec.Struct]) -> Handler[msgspec.Struct]:
    def traced(
        session: Session, command: msgspec.Struct, reply: Reply
    ) -> Coroutine[None, None, None] | None:
        begun = tracer.begin(f"socket {name}", {"causerie.connection_id": session.id})
        try:
            with tracer.resumed(begun):
                work = handler(session, command, reply)
        except BaseException as error:
            begun.end(error)
            raise
        if work is None:
            begun.end()
            return None
        return _followed(tracer, begun, work)

    return traced


async def _followed(tracer: Tracer, begun: Begun, work: Coroutine[None, None, None]) -> None:
    with tracer.inside(begun):
        await work
