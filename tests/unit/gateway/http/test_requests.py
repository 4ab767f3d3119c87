"""Who acts, from where, under which key, on what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from litestar import Request

from causerie.foundation.errors import Invalid, NotFound
from causerie.gateway.addresses import TrustedProxies
from causerie.gateway.http import idempotency_key, positive_id

Call = Callable[..., Awaitable[Any]]


def request_with(headers: dict[str, str]) -> Request[Any, Any, Any]:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope: Any = {"type": "http", "headers": raw, "path": "/", "query_string": b""}
    return Request(scope)


async def test_a_handler_is_told_who_acts(call: Call) -> None:
    answer = await call("GET", "/api/v2/me")

    assert answer.json() == {"username": "ada"}


@pytest.mark.parametrize(
    "authorization",
    ["Bearer bad", "Basic good", "Bearer", "Bearer ", "good", "", "Bearer good, Bearer good"],
)
async def test_bad_credentials_are_refused(call: Call, authorization: str) -> None:
    answer = await call("GET", "/api/v2/me", headers={"authorization": authorization})

    assert (answer.status, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_the_scheme_is_read_without_case(call: Call) -> None:
    answer = await call("GET", "/api/v2/me", headers={"authorization": "bEARER  good"})

    assert answer.status == 200


async def test_credentials_come_before_the_body(call: Call) -> None:
    answer = await call("POST", "/api/v2/things", b"{nonsense", token=None)

    assert answer.status == 401


@pytest.mark.parametrize("coding", ["gzip", "br, gzip", "x"])
async def test_a_body_that_says_to_be_compressed_is_not_read(call: Call, coding: str) -> None:
    answer = await call("POST", "/api/v2/things", b'{"content":"x"}', {"content-encoding": coding})

    assert (answer.status, answer.json()["code"]) == (400, "invalid")
    assert "Content-Encoding" in answer.json()["detail"]


@pytest.mark.parametrize(
    "header",
    [
        ("content-encoding", "Identity"),
        ("content-type", "application/json; charset=UTF-8; v=2"),
        ("content-type", 'application/vnd.x+json;charset="utf-8"'),
    ],
)
async def test_a_body_that_says_to_be_json_as_it_is_is_read(
    call: Call, header: tuple[str, str]
) -> None:
    answer = await call("POST", "/api/v2/things", b'{"content":"x"}', dict([header]))

    assert answer.status == 201


async def test_a_public_route_asks_for_none(call: Call) -> None:
    answer = await call("GET", "/open", token=None)

    assert answer.status == 200


async def test_a_handler_is_told_the_address_behind_our_proxy(
    make_caller: Callable[..., Call],
) -> None:
    call = make_caller(peer="10.0.0.1", trusted_proxies=TrustedProxies(["10.0.0.1"]))

    answer = await call("GET", "/open", headers={"x-forwarded-for": "6.6.6.6, 1.2.3.4"})

    assert answer.body == b"1.2.3.4"


async def test_a_stranger_cannot_choose_an_address(make_caller: Callable[..., Call]) -> None:
    call = make_caller(peer="9.9.9.9", trusted_proxies=TrustedProxies(["10.0.0.1"]))

    answer = await call("GET", "/open", headers={"x-forwarded-for": "1.2.3.4"})

    assert answer.body == b"9.9.9.9"


@pytest.mark.parametrize(
    ("headers", "client_id", "key"),
    [
        ({}, None, None),
        ({"Idempotency-Key": "k 1"}, None, "k 1"),
        ({}, "c", "c"),
        ({"Idempotency-Key": "c"}, "c", "c"),
        ({"Idempotency-Key": "x" * 128}, None, "x" * 128),
    ],
)
def test_the_key_is_the_headers_or_the_bodys(
    headers: dict[str, str], client_id: str | None, key: str | None
) -> None:
    assert idempotency_key(request_with(headers), client_id=client_id) == key


@pytest.mark.parametrize(
    ("headers", "client_id"),
    [
        ({"Idempotency-Key": ""}, None),
        ({"Idempotency-Key": "x" * 129}, None),
        ({"Idempotency-Key": "é"}, None),
        ({"Idempotency-Key": "a\tb"}, None),
        ({}, ""),
        ({}, "é"),
        ({}, "x" * 129),
        ({}, "a\n"),
        ({"Idempotency-Key": "a"}, "b"),
    ],
)
def test_a_wrong_key_is_refused(headers: dict[str, str], client_id: str | None) -> None:
    with pytest.raises(Invalid):
        idempotency_key(request_with(headers), client_id=client_id)


@pytest.mark.parametrize("text", ["x", "1.5", "", "1e3", "٣", "room_1", "9" * 41])
def test_what_can_be_no_id_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        positive_id(text, resource="message")


@pytest.mark.parametrize("text", ["0", "-1", str(2**63), "9" * 40])
def test_an_id_out_of_range_is_invalid(text: str) -> None:
    with pytest.raises(Invalid):
        positive_id(text, resource="message")


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("9223372036854775807", 2**63 - 1)])
def test_an_id_is_a_number(text: str, number: int) -> None:
    assert positive_id(text, resource="message") == number
