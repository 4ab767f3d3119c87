"""A quick handler answers as the framework would have answered for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from litestar import get

from causerie.foundation.errors import NotFound
from causerie.foundation.identity import Principal
from causerie.gateway.http import Acting, ClientAddress, quickly


def nothing(_: Principal) -> None:
    """Remember nobody."""


QUICK = quickly(nothing)
FROM_HERE = frozenset({"date", "x-request-id"})


class Card(msgspec.Struct):
    """What is shown."""

    name: str
    number: int


@get("/api/quick", opt=QUICK)
async def quick(principal: Acting) -> Card:
    return Card(principal.username, 1)


@get("/api/slow")
async def slow(principal: Acting) -> Card:
    return Card(principal.username, 1)


@get("/api/quick-gone", opt=QUICK)
async def quick_gone(principal: Acting) -> Card:
    raise NotFound("card")


@get("/api/slow-gone")
async def slow_gone(principal: Acting) -> Card:
    raise NotFound("card")


@get("/api/quick-bug", opt=QUICK)
async def quick_bug(principal: Acting) -> Card:
    raise ValueError


@get("/api/slow-bug")
async def slow_bug(principal: Acting) -> Card:
    raise ValueError


HANDLERS = [quick, slow, quick_gone, slow_gone, quick_bug, slow_bug]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["", "-gone", "-bug", "?more=1", "?%ff"])
@pytest.mark.parametrize("token", ["good", "bad", None])
async def test_the_answer_is_the_same(
    make_caller: Callable[..., Any], method: str, path: str, token: str | None
) -> None:
    call = make_caller(HANDLERS)
    headers = {"x-request-id": "same"}
    fast = await call(method, f"/api/quick{path}", headers=headers, token=token)
    framed = await call(method, f"/api/slow{path}", headers=headers, token=token)

    assert fast.status == framed.status
    assert fast.body == framed.body
    assert {name: v for name, v in fast.headers.items() if name not in FROM_HERE} == {
        name: v for name, v in framed.headers.items() if name not in FROM_HERE
    }


async def test_other_methods_of_its_path_are_the_frameworks(
    make_caller: Callable[..., Any],
) -> None:
    refused = await make_caller(HANDLERS)("DELETE", "/api/quick")

    assert refused.status == 405
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS"


def test_a_handler_that_asks_for_more_than_who_acts_cannot_be_quick(
    make_caller: Callable[..., Any],
) -> None:
    @get("/api/quick-too", opt=QUICK)
    async def greedy(principal: Acting, client_address: ClientAddress) -> Card:
        return Card(client_address, 1)

    with pytest.raises(TypeError, match="quick-too"):
        make_caller([greedy])
