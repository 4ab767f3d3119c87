"""What surrounds every HTTP answer: request id, headers, CORS, the clock. Plain ASGI, one layer."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from causerie.foundation.errors import NotEncrypted, Refusal
from causerie.foundation.telemetry import metrics
from causerie.gateway.encryption import HttpsRule
from causerie.gateway.errors import count_refusal, internal_problem, problem
from causerie.gateway.http.limited import fields_of
from causerie.gateway.http.requests import HEAD_KEY, REQUEST_ID_KEY, header
from causerie.gateway.precautions import API_CSP, CSP, precautions
from causerie.gateway.request_ids import new_request_id, sane_id

log = structlog.get_logger()

PREFLIGHT_SECONDS = 600  # How long a browser may keep the answer: what Chromium allows is 7,200.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PRIVATE_PREFIXES = ("/api/", "/auth/")  # Answers that no cache between us and the user may keep.

EXPOSED = (
    b"X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, "
    b"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
)
# What those ask who watch over the server, from inside the network; there is no secret in it.
IN_PLAIN = ("/health", "/api/health", "/metrics")
HOST = re.compile(r"[A-Za-z0-9._\[\]:-]{1,255}")

FIRST_ERROR = 400  # RFC 9110 §15


class Envelope:
    """Wraps the application; one instance serves all requests and keeps nothing of them."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        is_production: bool,
        https: HttpsRule,
        allowed_origins: Collection[str] = (),
        methods: Mapping[str, Collection[str]] | None = None,
        on_error: Callable[[HTTPScope, int], None] | None = None,
    ) -> None:
        self._app = app
        self._on_error = on_error
        self._origins = frozenset(origin.encode() for origin in allowed_origins)
        # By route: Litestar's answer to OPTIONS names those of one of its handlers only.
        self._methods = {
            route: ", ".join(sorted(names)).encode() for route, names in (methods or {}).items()
        }
        self._https = https
        self._headers = precautions(is_production=is_production)
        self._durations: dict[tuple[str, str, int], Callable[[float], None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is not HTTP (the lifespan) passes through."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        await _Exchange(self, scope, send).serve(self._app, receive)

    def headers_for(self, scope: HTTPScope, given: Collection[bytes]) -> list[tuple[bytes, bytes]]:
        """List what is added to an answer, whose own headers have the names ``given``."""
        added = list(self._headers)
        if CSP not in given:
            added.append((CSP, API_CSP))
        if b"cache-control" not in given and scope["path"].startswith(PRIVATE_PREFIXES):
            added.append((b"cache-control", b"no-store"))
        if self._origins:
            added += self._cors(scope)
        return added

    def is_preflight(self, scope: HTTPScope) -> bool:
        """Say whether a browser asks, for an allowed origin, what it may send (Fetch §4.8)."""
        return (
            scope["method"] == "OPTIONS"
            and self._allowed_origin(scope) is not None
            and any(name == b"access-control-request-method" for name, _ in scope["headers"])
        )

    def is_same_origin(self, scope: HTTPScope) -> bool:
        """Say whether no page of another site may be asking: nothing of an answer depends on it."""
        return not self._origins or all(name != b"origin" for name, _ in scope["headers"])

    def is_too_plain(self, scope: HTTPScope) -> bool:
        """Say whether the request should have come encrypted."""
        if not self._https.is_asked_for:  # Nothing is looked for in its headers then.
            return False
        client = scope.get("client")
        return not scope["path"].startswith(IN_PLAIN) and not self._https.is_met(
            is_secure=scope["scheme"] == "https",
            peer=client[0] if client else "",
            forwarded_proto=header(scope, b"x-forwarded-proto"),
        )

    def methods_of(self, scope: HTTPScope) -> bytes | None:
        """The methods of the route that was found, as ``Allow`` lists them (RFC 9110 §10.2.1)."""
        return self._methods.get(str(scope.get("path_template")))

    def observe(self, scope: HTTPScope, method: str, status: int, started: float) -> None:
        """Count a request that has been answered. The children are kept: they are found sooner."""
        seconds = time.perf_counter() - started
        key = (method, str(scope.get("path_template", "unmatched")), status)
        observe = self._durations.get(key)
        if observe is None:
            observe = metrics.REQUEST_DURATION_SECONDS.labels(*key[:2], str(status)).observe
            self._durations[key] = observe
        observe(seconds)
        if status >= FIRST_ERROR and self._on_error is not None:
            self._on_error(scope, status)

    def _allowed_origin(self, scope: HTTPScope) -> bytes | None:
        origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
        return origin if origin in self._origins else None

    def _cors(self, scope: HTTPScope) -> list[tuple[bytes, bytes]]:
        vary = (b"vary", b"Origin")
        origin = self._allowed_origin(scope)
        if origin is None:
            return [vary]
        return [
            vary,
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", EXPOSED),
        ]


PREFLIGHT_HEADERS = (
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, Idempotency-Key, X-Request-Id",
    ),
    (b"access-control-max-age", str(PREFLIGHT_SECONDS).encode()),
)


class _Exchange:
    """One request and its answer."""

    def __init__(self, envelope: Envelope, scope: HTTPScope, send: Send) -> None:
        self.envelope = envelope
        self.is_head = scope["method"] == "HEAD"
        # A HEAD is answered as the GET would be, without the body (RFC 9110 §9.3.2). The copy keeps
        # the server's own scope, by which it knows that no body follows.
        self.scope: HTTPScope = {**scope, "method": "GET"} if self.is_head else scope
        self.method = scope["method"] if scope["method"] in METHODS else "other"
        self.request_id = given_id(scope) or new_request_id()
        state = self.scope.setdefault("state", {})
        state[REQUEST_ID_KEY] = self.request_id
        state[HEAD_KEY] = self.is_head
        self.status = 0
        self._send = send

    async def serve(self, app: ASGIApp, receive: Receive) -> None:
        """Run the application; answer for it where it fails before it has answered."""
        structlog.contextvars.bind_contextvars(request_id=self.request_id)
        started = time.perf_counter()
        metrics.REQUESTS_IN_FLIGHT.value += 1
        try:
            if self.envelope.is_too_plain(self.scope):
                await self._send_to_https()
            elif self.envelope.is_preflight(self.scope):
                await self._answer(204, PREFLIGHT_HEADERS, b"")
            else:
                await app(self.scope, receive, self.send)
        except Exception as error:
            if self.status:
                # Half an answer is out: the server can only cut the connection.
                refusal = _refusal_behind(error)
                if refusal is None:
                    raise
                log.warning("answer_cut_off", code=refusal.code)
                return
            log.exception("request_failed")
            failed = internal_problem(self.request_id)
            await self._answer(failed.status, _in_bytes(failed.headers), failed.body)
        finally:
            metrics.REQUESTS_IN_FLIGHT.value -= 1
            self.envelope.observe(self.scope, self.method, self.status, started)

    async def _send_to_https(self) -> None:
        host = header(self.scope, b"host") or ""
        if not HOST.fullmatch(host):
            refusal = NotEncrypted("This server is spoken to by https")
            count_refusal(refusal)
            refused = problem(refusal)
            await self._answer(refused.status, _in_bytes(refused.headers), refused.body)
            return
        query = self.scope["query_string"]
        target = self.scope["raw_path"] + (b"?" + query if query else b"")
        # With the same method, and never again in plain (RFC 9110 §15.4.9).
        await self._answer(308, ((b"location", b"https://" + host.encode() + target),), b"")

    async def _answer(
        self, status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes
    ) -> None:
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    async def send(self, message: Message) -> None:
        """Pass a message on to the server, the first one with our headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [_with_head(name.lower(), value) for name, value in message["headers"]]
            if self.method == "OPTIONS" and (allowed := self.envelope.methods_of(self.scope)):
                headers = [(n, allowed if n == b"allow" else value) for n, value in headers]
            given = {name for name, _ in headers}
            headers += self.envelope.headers_for(self.scope, given)
            headers += fields_of(self.scope)
            headers.append((b"x-request-id", self.request_id.encode()))
            message["headers"] = headers
        elif message["type"] == "http.response.body" and self.is_head:
            message["body"] = b""
        await self._send(message)


def _refusal_behind(error: BaseException | None) -> Refusal | None:
    """Give what refused the rest of an answer, which the framework wraps; None: it was a bug."""
    while error is not None and not isinstance(error, Refusal):
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0] if len(error.exceptions) == 1 else None
        else:
            error = error.__cause__
    return error


def given_id(scope: HTTPScope) -> str | None:
    """Give the id with which a request came, where it is a sane one."""
    return sane_id(v.decode("latin-1") for name, v in scope["headers"] if name == b"x-request-id")


def _in_bytes(headers: Iterable[tuple[str, str]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode(), value.encode()) for name, value in headers)


def _with_head(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Name HEAD where GET is allowed: it is answered here and unknown further in."""
    if name == b"allow" and b"GET" in value and b"HEAD" not in value:
        value = value.replace(b"GET", b"GET, HEAD")
    return name, value
