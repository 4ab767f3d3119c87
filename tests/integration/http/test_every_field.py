"""What attackers write into fields: into each of the OpenAPI and of the AsyncAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.fakes.peer import FakePeer
from tests.scenes.belongings import TEXT, Ann, Operation, lawful, move_in, operations
from tests.scenes.node import Answer, NodeScene

pytestmark = pytest.mark.long

# SQL, markup, headers and templates; each breaks out of what its kind would be put into.
PAYLOADS = (
    "x'); DELETE FROM accounts.users; SELECT pg_sleep(9); --",
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "x\r\nSet-Cookie: stolen=1\r\n\r\n<html>",
    "{{7*7}}${jndi:ldap://x}%s%n../../../etc/passwd",
)
STAFF = ("/api/v2/admin/", "/api/v2/audit/", "/api/v2/moderation/")
# Fields by which somebody would make themselves more than they are.
NOT_OFFERED = {
    "is_admin": True,
    "permissions": ["users.manage"],
    "created_by": 1,
}
# What a browser's WebAuthn makes, with whatever extensions it has.
FREE_FORM = ("/auth/passkeys", "/auth/step-up/passkey")
# They end Ann's session, or that of everybody.
ENDS_SESSIONS = ("/auth/logout", "/auth/sessions", "/auth/password")


def with_each_text(body: Any, payload: str) -> Iterator[Any]:
    """Bodies of which one text is another; whatever its field is called, and however deep."""
    if isinstance(body, str):
        yield payload
    elif isinstance(body, dict):
        for name, value in body.items():
            for changed in with_each_text(value, payload):
                yield {**body, name: changed}
    elif isinstance(body, list) and body:
        for changed in with_each_text(body[0], payload):
            yield [changed, *body[1:]]


def require_harmless(answer: Answer, told: str) -> None:
    """Whatever was sent, the answer breaks out of nothing, and the server has not broken."""
    told = f"{told}: {answer.status} {answer.body[:300]!r}"
    assert answer.status < 500 or answer.json()["code"] in {"unsupported", "unavailable"}, told
    assert "stolen" not in answer.headers.get("set-cookie", ""), told
    assert not any("\n" in value or "\r" in value for value in answer.headers.values()), told
    assert answer.headers["x-content-type-options"] == "nosniff", told
    kind = answer.headers.get("content-type", "")
    if kind.startswith(("text/html", "image/svg")):
        assert b"<script>alert(1)" not in answer.body, told


async def ask(scene: NodeScene, ann: Ann, wanted: Operation, target: str, body: Any) -> Answer:
    asker = ann.admin if wanted.path.startswith(STAFF) else ann.user
    return await scene.call(wanted.method, target, body, user=asker)


async def test_no_text_in_any_field_breaks_out_of_it(scene: NodeScene) -> None:
    admin = await scene.register("admin")
    ann = await move_in(scene, admin)
    before = await scene.call("GET", "/api/v2/users?username=ben", user=admin)

    tried = 0
    for wanted in await operations(scene, ann.ids):
        if wanted.path.startswith(ENDS_SESSIONS) or wanted.method == "DELETE":
            continue
        path = wanted.path.format(**ann.ids)
        for payload in PAYLOADS:
            for body in with_each_text(wanted.body, payload):
                require_harmless(await ask(scene, ann, wanted, path, body), f"{path} {body}")
                tried += 1
        for name in ann.ids:
            if f"{{{name}}}" in wanted.path:
                ids = {**ann.ids, name: quote(" ".join(PAYLOADS), safe="")}
                there = wanted.path.format(**ids)
                require_harmless(await ask(scene, ann, wanted, there, wanted.body), there)

    assert tried > 200
    after = await scene.call("GET", "/api/v2/users?username=ben", user=admin)
    assert after.json() == before.json()


async def test_no_text_in_any_query_breaks_out_of_it(scene: NodeScene) -> None:
    admin = await scene.register("admin")
    ann = await move_in(scene, admin)
    document = (await scene.call("GET", "/openapi.json")).json()

    for path, described in document["paths"].items():
        for parameter in described.get("get", {}).get("parameters", ()):
            if parameter["in"] == "query":
                text = quote(" ".join(PAYLOADS))
                target = f"{path.format(**ann.ids)}?{parameter['name']}={text}"
                require_harmless(await scene.call("GET", target, user=admin), target)


async def test_fields_that_nobody_offered_are_refused_by_every_body(scene: NodeScene) -> None:
    admin = await scene.register("admin")
    ann = await move_in(scene, admin)

    refused = 0
    for wanted in await operations(scene, ann.ids):
        if not isinstance(wanted.body, dict) or wanted.path.startswith(FREE_FORM):
            continue
        for name, value in NOT_OFFERED.items():
            if name in wanted.body:
                continue
            path, body = wanted.path.format(**ann.ids), {**wanted.body, name: value}
            answer = await ask(scene, ann, wanted, path, body)
            if answer.status in {401, 403}:
                break  # Whoever may not do it at all, is told so.
            told = f"{wanted.method} {path} {body}: {answer.status} {answer.body!r}"
            assert (answer.status, answer.json()["code"]) in {(400, "invalid"), (422, "invalid")}, (
                told
            )
            refused += 1
    assert refused > 100


async def test_no_text_in_any_command_breaks_out_of_it(scene: NodeScene) -> None:
    ann = await move_in(scene, await scene.register("admin"))
    document = (await scene.call("GET", "/asyncapi.json")).json()
    shapes = document["components"]["schemas"]
    messages = document["components"]["messages"]
    commands = [
        operation["messages"][0]["$ref"].rpartition("/")[2]
        for operation in document["operations"].values()
        if operation["action"] == "receive" and operation["channel"]["$ref"].endswith("/v2")
    ]
    peer = await scene.connect("/ws/v2", ann.user)
    await peer.hear("hello")

    tried = 0
    for command in commands:
        data = data_of(messages[command]["payload"], shapes, ann.ids)
        for payload in PAYLOADS:
            for sent in with_each_text(data, payload):
                peer.say({"type": command, "ref": tried, "data": sent})
                answer = await answer_to(peer, tried)
                assert answer["data"].get("code") != "internal", f"{command} {sent}: {answer}"
                tried += 1

    assert tried > 50


async def answer_to(peer: FakePeer, ref: int) -> Any:
    """Wait for what answers a command; events before it are passed over."""
    while True:
        frame = await peer.hear_next()
        if frame.get("ref") == ref and frame["type"] in {"ack", "error"}:
            return frame


def data_of(payload: Any, shapes: dict[str, Any], ids: dict[str, Any]) -> Any:
    """The least lawful data of a command, with every text that it may have."""
    if "$ref" in payload:
        payload = shapes[payload["$ref"].rpartition("/")[2]]
    schema = payload["properties"]["data"]
    if "$ref" in schema:
        schema = shapes[schema["$ref"].rpartition("/")[2]]
    found = {}
    for name, field in schema.get("properties", {}).items():
        value = lawful(field, shapes, ids)
        found[name] = ids.get(name, value) if value == TEXT else value
    return found
