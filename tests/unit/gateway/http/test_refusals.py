"""Whatever goes wrong leaves as a problem document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import structlog

Call = Callable[..., Awaitable[Any]]


def assert_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert (answer.status, document["status"], document["code"]) == (status, status, code)
    return document


async def test_an_unknown_route_is_not_found(call: Call) -> None:
    answer = await call("GET", "/nowhere", token=None)

    assert assert_problem(answer, 404, "not_found")["resource"] == "route"


async def test_a_wrong_method_says_which_ones_there_are(call: Call) -> None:
    answer = await call("DELETE", "/api/v2/me")

    assert_problem(answer, 405, "invalid")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"content": "a"} x',
        b'{"content": "\xff"}',
        b'{"content": "\xed\xa0\x80"}',
        rb'{"content": "\ud800"}',
        rb'{"content": "\udc00\ud800"}',
        b"\x00",
        b"\xef\xbb\xbf{}",
    ],
    ids=[
        "cut",
        "more_behind",
        "no_utf8",
        "raw_surrogate",
        "lone_surrogate",
        "swapped_surrogates",
        "nul",
        "byte_order_mark",
    ],
)
async def test_what_is_no_json_is_unreadable(call: Call, body: bytes) -> None:
    answer = await call("POST", "/api/v2/things", body)

    assert_problem(answer, 400, "invalid")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "content"),
        (b'{"content": 1}', "content"),
        (b'{"content": null}', "content"),
        (b'{"content": "a", "extra": 1}', "extra"),
        (b'{"content": "a", "number": "1"}', "number"),
        (b'{"content": "a", "number": true}', "number"),
        (b'{"content": "a", "number": 1.0}', "number"),
        (b'{"content": "a", "number": 1e300}', "number"),
        (b'{"content": "a", "number": 9223372036854775808}', "number"),
        (b'{"content": "a", "number": ' + b"9" * 5000 + b"}", "number"),
        (b'{"content": "a", "members": [1, "2"]}', "members[1]"),
        (b'{"content": "a", "members": [1, 99999999999999999999]}', "members[1]"),
        (rb'{"content": "a\u0000b"}', "content"),
        (b'{"content": ' + b'{"a":' * 50_000, "content"),
        (b'{"members": ' + b"[" * 50_000, "members[0]"),
        (b"[]", ""),
        (b'"text"', ""),
        (b"null", ""),
    ],
)
async def test_wrong_json_names_the_field(call: Call, body: bytes, field: str) -> None:
    answer = await call("POST", "/api/v2/things", body)

    document = assert_problem(answer, 422, "invalid")
    assert [wrong["field"] for wrong in document["errors"]] == [field]
    assert document["errors"][0]["message"]


async def test_a_backslash_before_u0000_is_no_nul(call: Call) -> None:
    answer = await call("POST", "/api/v2/things", rb'{"content": "\\u0000"}')

    assert answer.status == 201
    assert answer.json()["content"] == "\\u0000"


async def test_the_largest_id_is_taken(call: Call) -> None:
    answer = await call("POST", "/api/v2/things", b'{"content":"a","number":9223372036854775807}')

    assert answer.json()["number"] == 2**63 - 1


async def test_a_missing_body_is_unreadable(call: Call) -> None:
    answer = await call("POST", "/api/v2/things")

    assert_problem(answer, 400, "invalid")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "x"],
)
async def test_a_body_of_another_type_is_unreadable(call: Call, content_type: str) -> None:
    answer = await call(
        "POST", "/api/v2/things", b'{"content":"a"}', {"content-type": content_type}
    )

    assert_problem(answer, 400, "invalid")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=UTF-8", "application/merge-patch+json"],
)
async def test_json_by_any_of_its_names_is_read(call: Call, content_type: str) -> None:
    answer = await call(
        "POST", "/api/v2/things", b'{"content":"a"}', {"content-type": content_type}
    )

    assert answer.status == 201


async def test_an_announced_body_over_the_limit_is_refused(
    make_caller: Callable[..., Call],
) -> None:
    call = make_caller(max_body_bytes=100)

    answer = await call("POST", "/api/v2/things", b'{"content":"' + b"a" * 200 + b'"}')

    document = assert_problem(answer, 413, "too_large")
    assert (document["limit"], document["actual"]) == (100, 214)


async def test_a_chunked_body_is_counted_while_it_is_read(make_caller: Callable[..., Call]) -> None:
    call = make_caller(max_body_bytes=100)
    chunks = [b'{"content":"'] + [b"a" * 50] * 1000

    answer = await call("POST", "/api/v2/things", chunks)

    document = assert_problem(answer, 413, "too_large")
    assert (document["limit"], document["actual"]) == (100, 112)


async def test_a_body_that_breaks_off_is_no_bug_of_ours(make_caller: Callable[..., Call]) -> None:
    call = make_caller()

    answer = await call("POST", "/api/v2/things", [], {"content-length": "10"})

    assert_problem(answer, 400, "invalid")


@pytest.mark.parametrize(
    ("target", "field"),
    [
        ("/api/v2/things/1?limit=x", "limit"),
        ("/api/v2/things/1?limit=1.5", "limit"),
        ("/api/v2/things/1?limit=", "limit"),
        ("/api/v2/things/1?limit=" + "9" * 5000, "limit"),
        ("/api/v2/search", "q"),
        ("/api/v2/search?q=a%00b", "q"),
    ],
)
async def test_a_wrong_query_names_the_parameter(call: Call, target: str, field: str) -> None:
    answer = await call("GET", target)

    assert [e["field"] for e in assert_problem(answer, 422, "invalid")["errors"]] == [field]


@pytest.mark.parametrize("query", ["q=%ff", "q=%ed%a0%80"])
async def test_a_query_that_is_not_utf8_is_unreadable(call: Call, query: str) -> None:
    answer = await call("GET", f"/api/v2/search?{query}")

    assert_problem(answer, 400, "invalid")


async def test_a_bug_shows_the_request_id_and_nothing_else(call: Call) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = await call("GET", "/broken", token=None)

    document = assert_problem(answer, 500, "internal")
    assert document["request_id"] == answer.headers["x-request-id"]
    assert set(document) == {"type", "title", "status", "code", "request_id"}
    assert b"secret reason" not in answer.body
    assert [line["event"] for line in logs] == ["request_failed"]
