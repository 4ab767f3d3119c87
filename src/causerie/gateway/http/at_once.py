"""Requests that memory answers, within the read that brought them: no task, no ASGI, one write.

Measured: of 230 us that ``GET /api/v2/me`` took, a task, its messages and uvicorn's way with a head were
more than half; of 178 us another time, what reads a head was 70, and the same bytes on the same connection
ask the same. Only what is plain in every way is answered here; anything else goes its usual way, and
so does everything where traces are on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextvars import copy_context
from functools import partial
from typing import NamedTuple

import structlog
from litestar.types import HTTPScope, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from causerie.foundation.identity import Principal
from causerie.gateway.answering import Answering
from causerie.gateway.http.envelope import Envelope, given_id
from causerie.gateway.http.limited import fields_of
from causerie.gateway.http.quick import Headers, QuickAnswer, QuickHandler, answered, failed
from causerie.gateway.http.requests import REQUEST_ID_KEY
from causerie.gateway.http.threshold import Threshold
from causerie.gateway.request_ids import new_request_id


class _Question(NamedTuple):
    """What a request asks by its bytes, whoever its token proves by now."""

    handler: QuickHandler
    scope: HTTPScope
    token: str
    address: str
    request_id: str | None


class AtOnce:
    """The application as a server calls it, which may ask it first for an answer at once."""

    def __init__(
        self, envelope: Envelope, handlers: Iterable[QuickHandler], threshold: Threshold
    ) -> None:
        self._envelope = envelope
        self._threshold = threshold
        self._handlers = {handler.path.encode(): handler for handler in handlers}
        self._written: dict[str, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request as an ASGI application."""
        await self._envelope(scope, receive, send)

    def read(self, url: bytes, scope: HTTPScope) -> Answering | None:
        """Read what a ``GET`` without a body asks; None where that is for the application.

        ``scope`` is as uvicorn makes it before it has read the URL. What is given answers as often as
        the same comes again on the same connection: each time it is proven, limited and counted anew.
        """
        handler = self._handlers.get(url)
        if handler is None:
            return None
        scope["method"] = "GET"
        scope["path"] = handler.path
        if self._envelope.is_too_plain(scope) or not self._envelope.is_same_origin(scope):
            return None
        token = self._threshold.find_token(scope)
        if token is None:
            return None
        scope["path_template"] = handler.path
        address = self._threshold.address_of(scope)
        return partial(self._answer, _Question(handler, scope, token, address, given_id(scope)))

    def _answer(self, question: _Question, headers: Headers) -> bytes | None:
        """Give the whole answer, ``headers`` being the server's own.

        None: this is for the application, and nothing has been counted or changed.
        """
        started = time.perf_counter()
        principal = self._threshold.recall(question.token)
        value = None if principal is None else question.handler.recall(principal)
        if principal is None or value is None:
            return None
        scope = question.scope
        request_id = question.request_id or new_request_id()
        scope["state"] = {REQUEST_ID_KEY: request_id}
        # As in a task of its own: what is set of its context is gone with it.
        answer = copy_context().run(self._admitted, question, principal, value)
        self._envelope.observe(scope, "GET", answer.status, started)
        return b"".join(
            (
                STATUS_LINE[answer.status],
                _lines(headers),
                _lines(answer.headers),
                self._surroundings(scope),
                _lines(fields_of(scope)),
                b"content-length: %d\r\nx-request-id: %b\r\n\r\n"
                % (len(answer.body), request_id.encode()),
                answer.body,
            )
        )

    def _surroundings(self, scope: HTTPScope) -> bytes:
        """Write what stands in every answer of a path: without a foreign origin it is the same."""
        found = self._written.get(scope["path"])
        if found is None:
            found = self._written[scope["path"]] = _lines(self._envelope.headers_for(scope, ()))
        return found

    def _admitted(self, question: _Question, principal: Principal, value: object) -> QuickAnswer:
        scope, handler = question.scope, question.handler
        structlog.contextvars.bind_contextvars(request_id=scope["state"][REQUEST_ID_KEY])
        try:
            self._threshold.admit(scope, principal, question.address, handler.opt)
            return answered(value)
        except Exception as error:
            return failed(scope, error)


def _lines(headers: Headers) -> bytes:
    return b"".join([b"%b: %b\r\n" % line for line in headers])
