"""The table of errors is complete, and each protocol says what PROTOCOL promises."""

from __future__ import annotations

import msgspec
import pytest

from causerie.foundation.errors import (
    Code,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Refusal,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unreadable,
    Unsupported,
)
from causerie.gateway.errors import (
    MEANINGS,
    Ref,
    internal_problem,
    problem,
    socket_error,
    socket_internal,
)


def test_every_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Code)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Unreadable("no JSON"), 400),
        (Invalid("name", "too short"), 422),
        (Unauthenticated("who are you"), 401),
        (Forbidden("not yours"), 403),
        (NotFound("conversation"), 404),
        (Conflict("taken"), 409),
        (TooLarge("too long", limit=5, actual=6), 413),
        (RateLimited("slowly", retry_after=3), 429),
        (Unsupported("later"), 501),
        (Unavailable("not now"), 503),
    ],
)
def test_a_refusal_has_the_status_of_the_protocol(refusal: Refusal, status: int) -> None:
    answer = problem(refusal)

    document = msgspec.json.decode(answer.body)
    assert (answer.status, document["status"]) == (status, status)
    assert (document["code"], document["detail"]) == (refusal.code, str(refusal))
    assert refusal.extras().items() <= document.items()


def test_a_rate_limit_says_when_to_come_back() -> None:
    answer = problem(RateLimited("slowly", retry_after=3))

    assert ("retry-after", "3") in answer.headers


def test_a_401_names_the_scheme() -> None:
    answer = problem(Unauthenticated("who are you"))

    assert ("www-authenticate", 'Bearer realm="causerie"') in answer.headers


def test_a_refusal_without_a_text_shows_its_title() -> None:
    answer = problem(Forbidden())

    assert msgspec.json.decode(answer.body)["detail"] == "Not allowed"


def test_a_bug_shows_nothing_but_the_request() -> None:
    answer = internal_problem("r-1")

    document = msgspec.json.decode(answer.body)
    assert set(document) == {"type", "title", "status", "code", "request_id"}
    assert document["request_id"] == "r-1"


@pytest.mark.parametrize("ref", [None, 0, 12, "a"])
def test_a_socket_error_carries_its_ref(ref: Ref) -> None:
    payload = socket_error(ref, Conflict("taken"))

    assert msgspec.json.decode(payload) == {
        "type": "error",
        "ref": ref,
        "data": {"code": "conflict", "message": "taken"},
    }


def test_a_socket_rate_limit_says_when_to_come_back() -> None:
    payload = socket_error(1, RateLimited("slowly", retry_after=3))

    assert msgspec.json.decode(payload)["data"]["retry_after"] == 3


def test_a_bug_on_a_socket_is_internal() -> None:
    data = msgspec.json.decode(socket_internal(None))["data"]

    assert data == {"code": "internal", "message": "Something went wrong on the server"}
