"""What memory answers at once is what the framework would have answered; the rest is left to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from litestar import get
from typing_extensions import override

from causerie.foundation.errors import RateLimited
from causerie.foundation.identity import CALLER, NOBODY_KNOWN, Principal
from causerie.foundation.telemetry import metrics
from causerie.gateway.http import Acting, quickly
from causerie.gateway.ports import Admission, Allowance, Tier

FROM_HERE = frozenset({"date", "x-ratelimit-reset"})


class Card(msgspec.Struct):
    """What is shown."""

    name: str


def remembered(principal: Principal) -> Card:
    return Card(principal.username)


def forgotten(_: Principal) -> None:
    """Remember nobody."""


def wrong(_: Principal) -> object:
    return object()  # which nobody can encode


@get("/api/at-once", opt=quickly(remembered))
async def at_once(principal: Acting) -> Card:
    return Card(principal.username)


@get("/api/slow")
async def slow(principal: Acting) -> Card:
    return Card(principal.username)


@get("/api/forgotten", opt=quickly(forgotten))
async def gone(principal: Acting) -> Card:
    return Card(principal.username)


@get("/api/bug", opt=quickly(wrong))
async def bug(principal: Acting) -> Card:
    return Card(principal.username)


HANDLERS = [at_once, slow, gone, bug]


class Counting(Admission):
    """Allows so many requests."""

    def __init__(self, remaining: int) -> None:
        self.remaining = remaining

    @override
    def count_address(self, tier: Tier, address: str) -> None:
        return None

    @override
    def count_principal(self, principal: Principal) -> Allowance:
        self.remaining -= 1
        refusal = RateLimited("Too often", retry_after=7) if self.remaining < 0 else None
        return Allowance(Tier.DEFAULT, 100, max(0, self.remaining), 3, 60, refusal)

    @override
    def failed_proof(self, address: str) -> None:
        return None

    @override
    def require_action(self, action: str, principal: Principal) -> None:
        """Allow everything."""


Answering = Callable[[list[tuple[bytes, bytes]]], bytes | None]


def ask(
    caller: Any,
    path: str = "/api/at-once",
    *,
    token: str | None = "good",
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> bytes | None:
    named = (*headers, (b"x-request-id", b"same"))
    answering = read_of(caller, path, token=token, headers=named)
    return None if answering is None else answering([(b"date", b"today")])


def read_of(
    caller: Any,
    path: str = "/api/at-once",
    *,
    token: str | None = "good",
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Answering | None:
    given = [(b"host", b"chat.example"), *headers]
    if token is not None:
        given.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "http",
        "scheme": "http",
        "client": ("127.0.0.1", 40000),
        "headers": given,
        "state": {},
    }
    answering: Answering | None = caller.app.read(path.encode(), scope)
    return answering


def read(answer: bytes | None) -> tuple[int, dict[str, str], bytes]:
    assert answer is not None
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    assert len(dict(pairs)) == len(pairs)
    return int(first.split()[1]), dict(pairs), body


@pytest.mark.parametrize("remaining", [5, 0])
@pytest.mark.parametrize("is_production", [False, True])
async def test_the_answer_is_the_frameworks(
    make_caller: Callable[..., Any], remaining: int, *, is_production: bool
) -> None:
    def caller() -> Any:
        return make_caller(HANDLERS, admission=Counting(remaining), is_production=is_production)

    framed = await caller()("GET", "/api/slow", headers={"x-request-id": "same"})
    status, headers, body = read(ask(caller()))

    assert status == framed.status == (200 if remaining else 429)
    assert body == framed.body
    assert {name: v for name, v in headers.items() if name not in FROM_HERE} == {
        name: v for name, v in framed.headers.items() if name not in FROM_HERE
    }
    assert headers["date"] == "today"


@pytest.mark.parametrize(
    ("path", "token", "headers"),
    [
        ("/api/at-once", "bad", ()),
        ("/api/at-once", None, ()),
        ("/api/at-once?more=1", "good", ()),
        ("/api/%61t-once", "good", ()),
        ("/api/slow", "good", ()),
        ("/api/forgotten", "good", ()),
        ("/api/at-once", "good", ((b"origin", b"https://app.example"),)),
    ],
)
def test_what_is_not_plain_is_left_and_not_counted(
    make_caller: Callable[..., Any],
    path: str,
    token: str | None,
    headers: tuple[tuple[bytes, bytes], ...],
) -> None:
    admission = Counting(5)
    caller = make_caller(HANDLERS, admission=admission, allowed_origins=["https://app.example"])

    assert ask(caller, path, token=token, headers=headers) is None
    assert admission.remaining == 5


def test_what_comes_in_plain_where_https_is_asked_for_is_left(
    make_caller: Callable[..., Any],
) -> None:
    caller = make_caller(HANDLERS, is_https_asked_for=True, peer="192.0.2.1")
    scope = {
        "scheme": "http",
        "client": ("192.0.2.1", 1),
        "headers": [(b"authorization", b"Bearer good")],
        "state": {},
    }

    assert caller.app.read(b"/api/at-once", scope) is None


def test_a_bug_is_told_of_without_its_cause(make_caller: Callable[..., Any]) -> None:
    status, headers, body = read(ask(make_caller(HANDLERS), "/api/bug"))

    assert status == 500
    assert headers["content-type"] == "application/problem+json"
    assert msgspec.json.decode(body)["request_id"] == "same"


def test_it_is_counted_and_leaves_nothing_behind(make_caller: Callable[..., Any]) -> None:
    duration = metrics.REQUEST_DURATION_SECONDS.labels("GET", "/api/at-once", "200")
    before = dict(duration.samples())

    ask(make_caller(HANDLERS))

    counted = [value - before[line] for line, value in duration.samples() if "_count" in line.name]
    assert counted == [1]
    assert CALLER.get() is NOBODY_KNOWN


def test_the_same_again_is_counted_again_and_has_an_id_of_its_own(
    make_caller: Callable[..., Any],
) -> None:
    admission = Counting(1)
    answering = read_of(make_caller(HANDLERS, admission=admission))
    assert answering is not None
    answers = [read(answering([])) for _ in range(2)]

    assert [status for status, _, _ in answers] == [200, 429]
    assert len({headers["x-request-id"] for _, headers, _ in answers}) == 2
    assert admission.remaining == -1
