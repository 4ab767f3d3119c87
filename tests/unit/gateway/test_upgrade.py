"""The opening handshake, in literal bytes."""

from __future__ import annotations

import msgspec
import pytest

from causerie.foundation.errors import Code
from causerie.gateway.ports import Refused
from causerie.gateway.precautions import precaution_lines
from causerie.gateway.upgrade import (
    Handshake,
    accept_answer,
    http_answer,
    problem,
    read_handshake,
)

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 §1.3
PRECAUTIONS = precaution_lines(is_production=True)
LAWFUL = {
    b"host": b"chat.example",
    b"upgrade": b"websocket",
    b"connection": b"Upgrade",
    b"sec-websocket-version": b"13",
    b"sec-websocket-key": KEY,
}


def read(
    url: bytes = b"/ws/v2", method: str = "GET", **changes: bytes | None
) -> Handshake | Refused:
    changed = {name.replace("_", "-").encode(): value for name, value in changes.items()}
    headers = [(n, v) for n, v in {**LAWFUL, **changed}.items() if v is not None]
    return read_handshake(method, url, headers, client="192.0.2.1", is_secure=False)


def refused_status(verdict: Handshake | Refused) -> int:
    assert isinstance(verdict, Refused)
    return verdict.status


def test_what_the_doorkeeper_needs_is_read() -> None:
    verdict = read(
        b"/ws/v2?token=a%20b&empty=",
        origin=b"https://chat.example",
        authorization=b"Bearer x",
        sec_websocket_protocol=b"causerie.v2.msgpack, causerie.v2.json",
        x_forwarded_for=b"198.51.100.7",
    )

    assert isinstance(verdict, Handshake)
    request = verdict.request
    assert (request.path, request.host, request.client) == ("/ws/v2", "chat.example", "192.0.2.1")
    assert request.query == {"token": "a b", "empty": ""}
    assert (request.origin, request.authorization) == ("https://chat.example", "Bearer x")
    assert request.subprotocols == ("causerie.v2.msgpack", "causerie.v2.json")
    assert request.forwarded_for == "198.51.100.7"


def test_what_is_not_sent_is_absent() -> None:
    verdict = read(b"/", host=None)

    assert isinstance(verdict, Handshake)
    assert verdict.request.origin is None
    assert verdict.request.authorization is None
    assert verdict.request.host == ""
    assert verdict.request.subprotocols == ()


def test_only_get_begins_a_socket() -> None:
    assert refused_status(read(method="POST")) == 405


@pytest.mark.parametrize("version", [None, b"8", b"14", b""])
def test_other_versions_are_told_which_one_is_spoken(version: bytes | None) -> None:
    verdict = read(sec_websocket_version=version)

    assert refused_status(verdict) == 426
    assert isinstance(verdict, Refused)
    assert ("sec-websocket-version", "13") in verdict.headers


@pytest.mark.parametrize("key", [None, b"", b"short", b"c2hvcnQ=", KEY + b"!", b"\xff" * 24])
def test_a_key_that_is_none_is_refused(key: bytes | None) -> None:
    assert refused_status(read(sec_websocket_key=key)) == 400


@pytest.mark.parametrize("name", [b"origin", b"authorization", b"host", b"sec-websocket-key"])
def test_what_decides_may_stand_only_once(name: bytes) -> None:
    headers = [*LAWFUL.items(), (name, b"one"), (name, b"two")]

    verdict = read_handshake("GET", b"/", headers, client="", is_secure=False)

    assert refused_status(verdict) == 400


def test_subprotocols_may_come_in_several_lines() -> None:
    headers = [*LAWFUL.items(), *[(b"sec-websocket-protocol", name) for name in (b"a", b"b, c")]]

    verdict = read_handshake("GET", b"/", headers, client="", is_secure=False)

    assert isinstance(verdict, Handshake)
    assert verdict.request.subprotocols == ("a", "b", "c")


def test_extensions_may_come_in_several_lines() -> None:
    headers = [*LAWFUL.items(), *[(b"sec-websocket-extensions", name) for name in (b"a", b"b; c")]]

    verdict = read_handshake("GET", b"/", headers, client="", is_secure=False)

    assert isinstance(verdict, Handshake)
    assert verdict.request.extensions == "a, b; c"


def test_the_answer_names_the_extensions_that_were_agreed_on() -> None:
    answer = accept_answer(
        KEY, None, "permessage-deflate; server_no_context_takeover", precautions=()
    )

    agreed = b"sec-websocket-extensions: permessage-deflate; server_no_context_takeover"
    assert agreed in answer.split(b"\r\n")


def test_the_answer_proves_that_the_key_was_read() -> None:
    answer = accept_answer(KEY, "causerie.v2.json", precautions=PRECAUTIONS)

    assert answer.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer
    assert b"\r\nsec-websocket-protocol: causerie.v2.json\r\n" in answer
    assert set(PRECAUTIONS) <= set(answer.split(b"\r\n"))
    assert answer.endswith(b"\r\n\r\n")


def test_a_refusal_is_a_problem_document_on_a_connection_that_ends() -> None:
    answer = http_answer(
        problem(431, Code.TOO_LARGE, "too many", [("retry-after", "1")]), PRECAUTIONS
    )

    head, body = answer.split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\nretry-after: 1\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    assert set(PRECAUTIONS) <= set(head.split(b"\r\n"))
    assert f"content-length: {len(body)}".encode() in head
    assert msgspec.json.decode(body)["code"] == "too_large"
