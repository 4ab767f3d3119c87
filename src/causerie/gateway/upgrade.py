"""The opening handshake of RFC 6455 §4.2, values in and values out: requests read, answers written."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

import msgspec

from causerie.foundation.errors import Code
from causerie.gateway.ports import Refused, UpgradeRequest

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3
# What a decision rests on stands once, or two readers could see two requests.
_SINGLE_HEADERS = frozenset(
    {b"host", b"origin", b"authorization", b"sec-websocket-key", b"sec-websocket-version"}
)


class Handshake(msgspec.Struct, frozen=True):
    """A lawful upgrade request, and the key that its answer proves to have read."""

    request: UpgradeRequest
    key: bytes


def read_handshake(
    method: str, url: bytes, headers: Sequence[tuple[bytes, bytes]], *, client: str, is_secure: bool
) -> Handshake | Refused:
    """Check an upgrade request (RFC 6455 §4.2.1). Header names are in lower case.

    ``Upgrade`` and ``Connection`` have been seen to by the HTTP parser.
    """
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in found:
            if name in _SINGLE_HEADERS:
                return problem(400, Code.INVALID, f"more than one {name.decode()} header")
            found[name] += b", " + value
        else:
            found[name] = value
    if method != "GET":
        return problem(405, Code.INVALID, "a WebSocket begins with GET", (("allow", "GET"),))
    if found.get(b"sec-websocket-version") != b"13":
        offered = (("sec-websocket-version", "13"), ("upgrade", "websocket"))
        return problem(426, Code.INVALID, "only version 13 of the protocol is spoken", offered)
    key = found.get(b"sec-websocket-key", b"")
    if not _is_key(key):
        return problem(400, Code.INVALID, "sec-websocket-key is not 16 bytes in base64")
    return Handshake(_read_request(url, found, client=client, is_secure=is_secure), key)


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        return False


def _read_request(
    url: bytes, headers: dict[bytes, bytes], *, client: str, is_secure: bool
) -> UpgradeRequest:
    path, _, query = url.decode("latin-1").partition("?")
    offered = _text(headers, b"sec-websocket-protocol") or ""
    return UpgradeRequest(
        path=unquote(path),
        query=dict(parse_qsl(query, keep_blank_values=True)),
        authorization=_text(headers, b"authorization"),
        origin=_text(headers, b"origin"),
        host=_text(headers, b"host") or "",
        subprotocols=tuple(name.strip() for name in offered.split(",") if name.strip()),
        client=client,
        forwarded_for=_text(headers, b"x-forwarded-for"),
        forwarded_proto=_text(headers, b"x-forwarded-proto"),
        is_secure=is_secure,
        extensions=_text(headers, b"sec-websocket-extensions"),
    )


def _text(headers: dict[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def accept_answer(
    key: bytes,
    subprotocol: str | None,
    extensions: str | None = None,
    *,
    precautions: Iterable[bytes],
) -> bytes:
    """Write the 101 (RFC 6455 §4.2.2), with the extensions that were agreed on (§9.1).

    ``precautions`` are lines that every answer has.
    """
    accept = base64.b64encode(hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest())
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"upgrade: websocket",
        b"connection: Upgrade",
        b"sec-websocket-accept: " + accept,
        *precautions,
    ]
    if subprotocol is not None:
        lines.append(b"sec-websocket-protocol: " + subprotocol.encode("ascii"))
    if extensions is not None:
        lines.append(b"sec-websocket-extensions: " + extensions.encode("ascii"))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def problem(
    status: int, code: Code, detail: str, headers: Iterable[tuple[str, str]] = ()
) -> Refused:
    """Make an RFC 9457 problem document for what is refused before any route is known."""
    body = msgspec.json.encode(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": code,
            "detail": detail,
        }
    )
    return Refused(status, (*headers, ("content-type", "application/problem+json")), body)


def http_answer(refused: Refused, precautions: Iterable[bytes]) -> bytes:
    """Write a whole HTTP answer after which the connection is closed; the lines as above."""
    phrase = HTTPStatus(refused.status).phrase
    lines = [f"HTTP/1.1 {refused.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in refused.headers]
    lines += [f"content-length: {len(refused.body)}", "connection: close"]
    written = [line.encode("latin-1") for line in lines]
    return b"\r\n".join([*written, *precautions]) + b"\r\n\r\n" + refused.body
