"""What surrounds every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from causerie.foundation.telemetry.metrics import REGISTRY

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
