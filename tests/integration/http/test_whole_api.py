"""The whole HTTP side of a node: what it describes is what it does, and nothing breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scenes.node import Answer, NodeScene, User

pytestmark = pytest.mark.long

METHODS = {"get", "post", "put", "patch", "delete"}
BODIES: tuple[object, ...] = (
    b"",
    b"nonsense",
    b'{"a"',
    b"\xff\xfe",
    b"[" * 20_000,
    b"null",
    b'"text"',
    b"[]",
    b"{}",
    {"unknown": 1},
    {"username": 1, "password": [], "content": {}, "kind": "x", "name": None, "seq": "1"},
    {"username": "a\0b", "password": "x" * 20, "content": "a\0b", "kind": "room", "name": "\0"},
    {"seq": 2**63, "members": [2**63], "kind": "direct"},
    {"seq": -1, "members": [0], "kind": "direct"},
    {"refresh_token": "x" * 10_000, "content": "x" * 100_000},
)
IDS = ("1", "0", "-1", str(2**63), "9" * 30, "x", "room_1", "room_999", "dm_0", "%00", "%ff", "..")


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, described in schema["paths"].items():
        for method in described:
            if method in METHODS:
                yield method.upper(), path


def assert_well_formed(answer: Answer, told: str) -> None:
    if answer.status < 400:
        return
    assert answer.headers["content-type"] == "application/problem+json", told
    problem = answer.json()
    assert problem["status"] == answer.status, told
    assert problem["code"] != "internal", told
    assert answer.status < 500 or problem["code"] in {"unsupported", "unavailable"}, told


async def schema_of(scene: NodeScene) -> dict[str, Any]:
    schema: dict[str, Any] = (await scene.call("GET", "/openapi.json")).json()
    return schema


async def test_what_the_protocol_names_is_described(scene: NodeScene) -> None:
    described = set(operations(await schema_of(scene)))

    assert {
        ("POST", "/auth/register"),
        ("POST", "/auth/login"),
        ("POST", "/auth/refresh"),
        ("POST", "/auth/logout"),
        ("POST", "/auth/ticket"),
        ("GET", "/.well-known/jwks.json"),
        ("GET", "/api/v2/me"),
        ("GET", "/api/v2/users"),
        ("GET", "/api/v2/rooms"),
        ("POST", "/api/v2/conversations"),
        ("GET", "/api/v2/conversations"),
        ("GET", "/api/v2/conversations/{conversation_id}"),
        ("POST", "/api/v2/conversations/{conversation_id}/join"),
        ("POST", "/api/v2/conversations/{conversation_id}/leave"),
        ("GET", "/api/v2/conversations/{conversation_id}/members"),
        ("GET", "/api/v2/conversations/{conversation_id}/messages"),
        ("POST", "/api/v2/conversations/{conversation_id}/messages"),
        ("GET", "/health"),
        ("GET", "/health/ready"),
        ("GET", "/health/live"),
        ("GET", "/metrics"),
    } <= described


async def test_what_says_that_it_needs_credentials_needs_them(scene: NodeScene) -> None:
    schema = await schema_of(scene)

    for method, path in operations(schema):
        if schema["paths"][path][method.lower()]["security"]:
            answer = await scene.call(method, re.sub(r"\{\w+\}", "1", path))
            assert (answer.status, answer.json()["code"]) == (401, "unauthenticated"), path


async def test_no_operation_breaks_on_a_bad_body(scene: NodeScene) -> None:
    user = await scene.register("ada")

    for method, path in operations(await schema_of(scene)):
        if method == "GET" or path == "/auth/logout":
            continue
        for body in BODIES:
            answer = await scene.call(method, re.sub(r"\{\w+\}", "1", path), body, user=user)
            assert_well_formed(answer, f"{method} {path} {body!r:.80} {answer.body!r:.200}")


async def test_no_operation_breaks_on_a_bad_id(scene: NodeScene) -> None:
    user = await scene.register("ada")

    for method, path in operations(await schema_of(scene)):
        if "{" not in path:
            continue
        for text in IDS:
            answer = await scene.call(method, re.sub(r"\{\w+\}", text, path), {}, user=user)
            assert_well_formed(answer, f"{method} {path} {text} {answer.body!r:.200}")


@pytest.fixture
async def user(scene: NodeScene) -> User:
    return await scene.register("ada")


@given(query=st.binary(max_size=40), key=st.binary(max_size=20))
@settings(
    max_examples=60,
    # One node for all examples: none of them leaves anything behind that the next could see.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_no_query_and_no_header_breaks_a_route(
    scene: NodeScene, user: User, query: bytes, key: bytes
) -> None:
    text = "".join(f"%{byte:02x}" for byte in query)

    for target in (
        f"/api/v2/rooms?q={text}",
        f"/api/v2/users?username={text}",
        f"/health/live?{text}",
    ):
        answer = await scene.call(
            "GET", target, user=user, headers={"idempotency-key": key.decode("latin-1")}
        )
        assert_well_formed(answer, f"{target} {answer.body!r:.200}")
