"""What handlers ask of a request: who acts, from where, under which key, and ids from its path."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any, cast
from urllib.parse import parse_qsl, unquote_to_bytes

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.types import Empty, HTTPReceiveMessage, Scope
from typing_extensions import override

from causerie.foundation.errors import Invalid, NotFound, TooLarge, Unauthenticated, Unreadable
from causerie.foundation.identity import MAX_ID, Principal
from causerie.gateway.addresses import TrustedProxies, plain_address
from causerie.gateway.keys import one_key

HEAD_KEY = "is_head"  # Where the envelope says that a GET was a HEAD.
REQUEST_ID_KEY = "request_id"  # Where the envelope leaves the request's id in the scope's state.
PUBLIC = {"public": True}  # `opt=PUBLIC` on a handler that asks for no credentials

AnyRequest = Request[Principal, None, State]

# What a handler writes as the type of a parameter that the application fills in by its name.
Acting = NamedDependency[Principal]  # principal: who acts
ClientAddress = NamedDependency[
    str
]  # client_address: the client's IP address, proxies seen through
IdempotencyKey = NamedDependency[str | None]  # idempotency_key: the header's, checked

_INTEGER = re.compile(r"-?[0-9]{1,40}")


class BoundedRequest(AnyRequest):
    """A request whose body is counted while it is read, announced or chunked."""

    @override
    async def stream(self) -> AsyncGenerator[bytes, None]:
        if self._body is not Empty:
            yield self._body
            return
        # None: what is read is bounded by who reads it.
        limit = self.route_handler.resolve_request_max_body_size()
        _require_within(self.content_length or 0, limit)
        _require_uncoded(self.scope)
        taken = 0
        is_more = True
        while is_more:
            message = cast("HTTPReceiveMessage", await self.receive())
            if message["type"] == "http.disconnect":
                raise Unreadable("The request ended before its body")
            chunk = message["body"]
            taken += len(chunk)
            _require_within(taken, limit)
            yield chunk
            is_more = message.get("more_body", False)


def _require_within(actual: int, limit: int | None) -> None:
    if limit is not None and actual > limit:
        raise TooLarge("The body has too many bytes", limit=limit, actual=actual)


def _require_uncoded(scope: Scope) -> None:
    """Refuse a body that says to be compressed (RFC 9110 §8.4): it would not be what it says."""
    coding = header(scope, b"content-encoding")
    if coding is not None and coding.strip().lower() not in {"", "identity"}:
        raise Unreadable("The body must be sent as it is, without Content-Encoding")


def header(scope: Scope, name: bytes) -> str | None:
    """Give a header's value, its lines joined with commas (RFC 9110 §5.3); ``name`` in lower case."""
    values = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1") if values else None


def is_head(scope: Scope) -> bool:
    """Say whether the headers of the answer are all that is asked for."""
    return bool(scope["state"].get(HEAD_KEY))


def client_address(scope: Scope, trusted: TrustedProxies) -> str:
    """Give the client's IP address; what proxies say counts only where the peer is one of ours."""
    client = scope.get("client")
    if client is None:
        return ""
    if not trusted.trusts(client[0]):  # Its headers say nothing, and are not looked for.
        return plain_address(client[0])
    return trusted.client_address(
        client[0],
        forwarded=header(scope, b"forwarded"),
        x_forwarded_for=header(scope, b"x-forwarded-for"),
    )


def bearer_token(scope: Scope) -> str:
    """Give the token of ``Authorization: Bearer`` (RFC 6750 §2.1). Raises ``Unauthenticated``."""
    scheme, _, token = (header(scope, b"authorization") or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("An access token is needed: Authorization: Bearer")
    return token


def require_readable(query: bytes) -> None:
    """Refuse a query string that is not UTF-8 or holds a NUL, which PostgreSQL cannot store."""
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError as wrong:
        raise Unreadable("The query is not UTF-8") from wrong
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if "\0" in name + value:
            raise Invalid(name, "Must not contain the character NUL")


def require_readable_path(path: str) -> None:
    """Refuse a path that holds a NUL: no name in it can be one that PostgreSQL was asked to store."""
    if "\0" in path:
        raise Unreadable("The path holds the character NUL")


def idempotency_key(request: Request[Any, Any, Any], *, client_id: str | None = None) -> str | None:
    """Give the key under which a write happens once: the header's, or the body's ``client_id``.

    Raises ``Invalid`` where it is not 1 to 128 printable ASCII characters, or the two differ.
    """
    beside = header(request.scope, b"idempotency-key")
    return one_key(beside, client_id, header="Idempotency-Key")


def positive_id(text: str, *, resource: str) -> int:
    """Read an id from a path.

    Raises ``NotFound`` where it cannot be one, ``Invalid`` where it lies outside 1 ... 2^63-1.
    """
    if not _INTEGER.fullmatch(text):
        raise NotFound(resource)
    number = int(text)
    if not 1 <= number <= MAX_ID:
        raise Invalid(f"{resource}_id", f"Must lie between 1 and {MAX_ID}")
    return number
