"""Health, metrics and the API's description, as operators and programs see them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from litestar import get
from litestar.params import FromPath

from causerie.gateway.addresses import TrustedProxies
from causerie.gateway.health import FlagCheck, Health
from causerie.gateway.http.openapi import describe

Call = Callable[..., Awaitable[Any]]
MakeCaller = Callable[..., Call]
MakeHealth = Callable[..., Health]

STRANGER = "9.9.9.9"


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/api/health"])
async def test_a_well_server_says_so_to_anybody(
    make_caller: MakeCaller, make_health: MakeHealth, path: str
) -> None:
    call = make_caller(health=make_health(FlagCheck("writer", lambda: True)))

    answer = await call("GET", path, token=None)

    assert answer.status == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["checks"] == {"writer": {"status": "ok"}}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-health-status"] == "ok"
    assert re.fullmatch(r"\d+\.\d{3}ms", answer.headers["x-response-time"])
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/api/health"])
async def test_a_server_that_cannot_work_answers_503(
    make_caller: MakeCaller, make_health: MakeHealth, path: str
) -> None:
    call = make_caller(health=make_health(FlagCheck("writer", lambda: False)))

    answer = await call("GET", path, token=None)

    assert answer.status == 503
    assert answer.headers["x-health-status"] == answer.json()["status"] == "down"


async def test_a_server_that_cannot_work_is_still_alive(
    make_caller: MakeCaller, make_health: MakeHealth
) -> None:
    call = make_caller(health=make_health(FlagCheck("writer", lambda: False)))

    answer = await call("GET", "/health/live", token=None)

    assert (answer.status, answer.headers["x-health-status"]) == (200, "ok")


async def test_metrics_are_open_on_this_machine(make_caller: MakeCaller) -> None:
    answer = await make_caller(peer="::1")("GET", "/metrics", token=None)

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert b"chat_server_uptime_seconds" in answer.body


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("bad", 401), ("good", 200)])
async def test_metrics_need_a_token_elsewhere(
    make_caller: MakeCaller, token: str | None, status: int
) -> None:
    answer = await make_caller(peer=STRANGER)("GET", "/metrics", token=token)

    assert answer.status == status


async def test_metrics_stay_shut_behind_a_proxy_on_this_machine(make_caller: MakeCaller) -> None:
    answer = await make_caller()(
        "GET", "/metrics", headers={"x-forwarded-for": STRANGER}, token=None
    )

    assert answer.status == 401


async def test_a_trusted_proxy_does_not_make_a_stranger_local(make_caller: MakeCaller) -> None:
    call = make_caller(trusted_proxies=TrustedProxies(["127.0.0.1"]))

    stranger = await call("GET", "/metrics", headers={"x-forwarded-for": STRANGER}, token=None)
    neighbour = await call("GET", "/metrics", headers={"x-forwarded-for": "::1"}, token=None)

    assert (stranger.status, neighbour.status) == (401, 200)


async def test_the_description_is_openapi_3_1(call: Call) -> None:
    answer = await call("GET", "/openapi.json", token=None)

    schema = answer.json()
    assert schema["openapi"].startswith("3.1")
    assert schema["info"]["version"] == "1.2.3"
    assert {"/api/v2/me", "/health", "/metrics"} <= set(schema["paths"])


async def test_the_description_says_who_needs_credentials(call: Call) -> None:
    schema = (await call("GET", "/openapi.json")).json()

    assert schema["paths"]["/api/v2/me"]["get"]["security"] == [
        {"bearer": []},
        {"cookie": []},
    ]
    assert schema["paths"]["/open"]["get"]["security"] == []
    assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


async def test_the_description_has_problems_for_every_operation(call: Call) -> None:
    schema = (await call("GET", "/openapi.json")).json()

    for operations in schema["paths"].values():
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]


async def test_the_description_shows_bodies_and_not_our_own_parameters(call: Call) -> None:
    schema = (await call("GET", "/openapi.json")).json()

    things = schema["paths"]["/api/v2/things"]["post"]
    assert [parameter["name"] for parameter in things["parameters"]] == ["Idempotency-Key"]
    reference = things["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    shown = schema["components"]["schemas"][reference.rpartition("/")[2]]
    assert set(shown["properties"]) == {"content", "number", "members"}
    assert shown["additionalProperties"] is False
    assert "parameters" not in schema["paths"]["/api/v2/me"]["get"]


async def test_every_reference_of_the_description_leads_somewhere(call: Call) -> None:
    answer = await call("GET", "/openapi.json")

    schemas = answer.json()["components"]["schemas"]
    found = set(re.findall(rb'"#/components/schemas/([^"]+)"', answer.body))
    assert found
    assert {name.decode() for name in found} <= set(schemas)


async def test_the_reader_loads_nothing_and_its_style_is_allowed(call: Call) -> None:
    answer = await call("GET", "/docs", token=None)

    page = answer.body.decode()
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script|<link|<img|src=|style=|https?://", page)


async def test_the_reader_shows_every_operation_and_code(call: Call) -> None:
    page = (await call("GET", "/docs")).body.decode()

    assert "<code>/api/v2/things/{thing_id}</code>" in page
    assert 'id="rate_limited"' in page


async def test_every_link_of_the_reader_leads_somewhere(call: Call) -> None:
    page = (await call("GET", "/docs")).body.decode()

    places = set(re.findall(r'id="([^"]+)"', page))
    links = re.findall(r'href="#([^"]+)"', page)
    assert any(link.startswith("shape-") for link in links)
    assert set(links) <= places


async def test_the_reader_writes_shapes_as_people_do(call: Call) -> None:
    page = (await call("GET", "/docs")).body.decode()
    problem = page.partition('id="shape-Problem"')[2].partition("</article>")[0]

    assert "  status: integer  <i>// at least 400; at most 599</i>\n" in problem
    assert "  detail?: string\n" in problem
    assert "$ref" not in page


class WirePart(msgspec.Struct):
    """Of a whole."""

    size: int


class WireWhole(msgspec.Struct):
    """What a handler answers."""

    parts: list[WirePart]


@get("/api/v2/wholes/{whole_id:int}")
async def whole(whole_id: FromPath[int]) -> WireWhole:
    """Show a whole. It has parts."""
    return WireWhole([WirePart(whole_id)])


def test_shapes_and_operations_have_the_names_that_clients_know() -> None:
    schema = describe([whole], version="1")
    shapes, operation = (
        schema["components"]["schemas"],
        schema["paths"]["/api/v2/wholes/{whole_id}"]["get"],
    )

    assert sorted(shapes) == ["Part", "Problem", "Whole"]
    assert shapes["Whole"]["properties"]["parts"]["items"] == {"$ref": "#/components/schemas/Part"}
    assert operation["operationId"] == "get_api_v2_wholes_whole_id"
    assert operation["summary"] == "Show a whole"
