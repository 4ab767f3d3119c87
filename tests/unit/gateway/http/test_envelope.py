"""What surrounds every answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from litestar import get
from litestar.exceptions import LitestarException
from litestar.handlers import BaseRouteHandler
from litestar.response import Stream

from causerie.foundation.errors import Unavailable
from causerie.foundation.telemetry.metrics import REGISTRY
from causerie.gateway.addresses import TrustedProxies
from causerie.gateway.http import PUBLIC

Call = Callable[..., Awaitable[Any]]

DURATIONS = "chat_server_request_duration_seconds_count"


def counted(method: str, route: str, status: int) -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value(DURATIONS, labels) or 0


@pytest.mark.parametrize("target", ["/api/v2/me", "/nowhere", "/broken", "/docs"])
async def test_every_answer_has_the_security_headers(call: Call, target: str) -> None:
    answer = await call("GET", target)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "strict-transport-security" not in answer.headers


async def test_hsts_is_for_production(make_caller: Callable[..., Call]) -> None:
    answer = await make_caller(is_production=True)("GET", "/api/v2/me")

    assert "max-age=" in answer.headers["strict-transport-security"]


async def test_private_answers_are_kept_by_no_cache(call: Call) -> None:
    private, refused = await call("GET", "/api/v2/me"), await call("GET", "/auth/nothing")
    public = await call("GET", "/open")

    assert private.headers["cache-control"] == refused.headers["cache-control"] == "no-store"
    assert "cache-control" not in public.headers


async def test_a_sane_request_id_is_kept(call: Call) -> None:
    answer = await call("GET", "/open", headers={"x-request-id": "a.B-1_2"})

    assert answer.headers["x-request-id"] == "a.B-1_2"


@pytest.mark.parametrize("request_id", ["", "a b", "x" * 129, "é", "<script>"])
async def test_another_request_id_is_made_anew(call: Call, request_id: str) -> None:
    first = await call("GET", "/open", headers={"x-request-id": request_id})
    second = await call("GET", "/open", headers={"x-request-id": request_id})

    assert first.headers["x-request-id"] not in {request_id, second.headers["x-request-id"]}


async def test_a_head_is_a_get_without_a_body(call: Call) -> None:
    got, asked = await call("GET", "/api/v2/me"), await call("HEAD", "/api/v2/me")

    assert (asked.status, asked.body) == (200, b"")
    assert asked.headers["content-length"] == got.headers["content-length"]


async def test_options_says_what_is_allowed_without_credentials(call: Call) -> None:
    answer = await call("OPTIONS", "/api/v2/me", token=None)

    assert (answer.status, answer.body) == (204, b"")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


async def test_options_names_the_methods_of_all_handlers_of_a_path(call: Call) -> None:
    answer = await call("OPTIONS", "/api/v2/things", token=None)

    assert answer.headers["allow"] == "DELETE, OPTIONS, POST"


@pytest.mark.parametrize("peer", ["192.0.2.1", "127.0.0.1"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_who_comes_in_plain_is_sent_to_https(
    make_caller: Callable[..., Call], method: str, peer: str
) -> None:
    call = make_caller(peer=peer, is_https_asked_for=True)

    answer = await call(method, "/api/v2/things?a=%20b")

    assert (answer.status, answer.body) == (308, b"")
    assert answer.headers["location"] == "https://chat.example/api/v2/things?a=%20b"


@pytest.mark.parametrize("host", ["a b", 'a"b', "", "a/b", "a@b"])
async def test_who_names_no_sane_host_is_refused_and_sent_nowhere(
    make_caller: Callable[..., Call], host: str
) -> None:
    call = make_caller(peer="192.0.2.1", is_https_asked_for=True)

    answer = await call("GET", "/api/v2/me", headers={"host": host})

    assert (answer.status, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/health/live", "/api/health"])
async def test_health_is_told_in_plain(make_caller: Callable[..., Call], path: str) -> None:
    call = make_caller(peer="192.0.2.1", is_https_asked_for=True)

    assert (await call("GET", path, token=None)).status == 200


async def test_a_proxy_of_ours_says_who_came_encrypted(make_caller: Callable[..., Call]) -> None:
    trusted = TrustedProxies(["10.0.0.1"])
    call = make_caller(peer="10.0.0.1", is_https_asked_for=True, trusted_proxies=trusted)

    plain = await call("GET", "/api/v2/me", headers={"x-forwarded-proto": "http"})
    encrypted = await call("GET", "/api/v2/me", headers={"x-forwarded-proto": "https"})

    assert (plain.status, encrypted.status) == (308, 200)


def streaming(error: Exception) -> BaseRouteHandler:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"half"
        raise error

    @get("/stream", opt=PUBLIC)
    async def stream() -> Stream:
        """Say half of it."""
        return Stream(pieces())

    return stream


async def test_who_refuses_the_rest_of_an_answer_is_no_bug(
    make_caller: Callable[..., Call],
) -> None:
    answer = await make_caller([streaming(Unavailable("away"))])("GET", "/stream")

    assert (answer.status, answer.body) == (200, b"half")
    with pytest.raises(LitestarException):
        await make_caller([streaming(RuntimeError("a bug"))])("GET", "/stream")


async def test_no_origin_is_allowed_by_default(call: Call) -> None:
    answer = await call("GET", "/open", headers={"origin": "https://a.example"})

    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("target", ["/api/v2/me", "/nowhere"])
async def test_an_allowed_origin_may_read(make_caller: Callable[..., Call], target: str) -> None:
    call = make_caller(allowed_origins=["https://a.example"])

    answer = await call("GET", target, headers={"origin": "https://a.example"})

    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert answer.headers["vary"] == "Origin"


async def test_another_origin_may_not_read(make_caller: Callable[..., Call]) -> None:
    call = make_caller(allowed_origins=["https://a.example"])

    answer = await call("GET", "/open", headers={"origin": "https://b.example"})

    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"


async def test_a_preflight_is_answered_for_an_allowed_origin(
    make_caller: Callable[..., Call],
) -> None:
    call = make_caller(allowed_origins=["https://a.example"])
    headers = {"origin": "https://a.example", "access-control-request-method": "POST"}

    answer = await call("OPTIONS", "/api/v2/things", headers=headers, token=None)

    assert answer.status == 204
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Authorization" in answer.headers["access-control-allow-headers"]


async def test_a_request_is_counted_under_its_template(call: Call) -> None:
    before = counted("GET", "/api/v2/things/{thing_id}", 200)

    await call("GET", "/api/v2/things/12345")

    assert counted("GET", "/api/v2/things/{thing_id}", 200) == before + 1


async def test_what_a_client_invents_makes_no_new_series(call: Call) -> None:
    before = counted("other", "unmatched", 405), counted("GET", "unmatched", 404)

    await call("BREW", "/api/v2/me")
    await call("GET", "/pot/of/coffee")

    assert (counted("other", "unmatched", 405), counted("GET", "unmatched", 404)) == (
        before[0] + 1,
        before[1] + 1,
    )
