"""What belongs to others is not reached by naming it: every call that the description lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.fakes.browser import Browser
from tests.fakes.passkey import FakePasskey
from tests.scenes.node import NodeScene, User

METHODS = {"get", "post", "put", "patch", "delete"}
# Calls of those who run the server: their ids name nothing that belongs to a user.
STAFF = ("/api/v2/admin/", "/api/v2/audit/", "/api/v2/moderation/")
REFUSED = {401, 403, 404}
# By these a user asks about himself, or says what he himself wants.
OWN = {
    ("GET", "/api/v2/me/preferences/{key}"),
    ("PUT", "/api/v2/me/preferences/{key}"),
    ("DELETE", "/api/v2/me/preferences/{key}"),
    ("GET", "/api/v2/moderation/sanctions/mine"),
    ("GET", "/api/v2/moderation/reputations/mine"),
    ("POST", "/api/v2/moderation/reports"),
    ("PUT", "/api/v2/blocks/{user_id}"),  # whom one does not want to hear from
    ("DELETE", "/api/v2/blocks/{user_id}"),
}
TEXT = "something lawful"
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
SECRETS = ("hideout", "plans.txt", "ann's words", "ann's reason", "ann's device")
# What stands in a body where the schema alone does not make it lawful.
FIELDS: dict[str, object] = {
    "send_at": TOMORROW,
    "name": "renamed",
    "role": "member",
    "content": "overwritten",
    "reason": "because",
    "url": "https://hook.invalid/",
    "since": "2026-01-31T12:00:00Z",
    "subject": "999",  # whom a limit is about: some user
}


class Ann:
    """Somebody with something of everything, and the ids of it all."""

    def __init__(self, user: User, ids: dict[str, str | int], direct: str) -> None:
        self.user = user
        self.ids = ids
        self.direct = direct


async def move_in(scene: NodeScene, admin: User) -> Ann:
    ann, ben = await scene.register("ann"), await scene.register("ben")

    async def make(path: str, body: object, *, user: User = ann) -> Any:
        answer = await scene.call("POST", path, body, user=user)
        assert answer.status in {200, 201}, answer.body
        return answer.json()

    room = await make(
        "/api/v2/conversations",
        {"kind": "room", "name": "hideout", "visibility": "private", "members": [ben.id]},
    )
    direct = await make("/api/v2/conversations", {"kind": "direct", "members": [ben.id]})
    message = await make(f"/api/v2/conversations/{room['id']}/messages", {"content": "ann's words"})
    await make(f"/api/v2/conversations/{direct['id']}/messages", {"content": "ann's words"})
    later = await make(
        "/api/v2/scheduled-messages",
        {"conversation_id": room["id"], "content": "ann's words", "send_at": TOMORROW},
    )
    warning = await make(
        "/api/v2/moderation/sanctions",
        {"user_id": ann.id, "kind": "warning", "reason": "ann's reason"},
        user=admin,
    )
    made = await make("/auth/api-keys", {"name": "ann's device", "scopes": []})
    options = (await scene.call("POST", "/auth/passkeys/options", user=ann)).json()["public_key"]
    credential = FakePasskey().create(options, origin=f"http://{options['rp']['id']}")
    passkey = await make("/auth/passkeys", {"credential": credential, "name": "ann's device"})
    block = await make(
        "/api/v2/admin/limits/blocks",
        {"scope": "user", "subject": str(ben.id), "seconds": 60, "reason": "ann's reason"},
        user=admin,
    )
    file = await make("/api/v2/files?name=plans.txt", b"ann's words")
    endpoint = await make(
        "/api/v2/webhook-endpoints",
        {"conversation_id": room["id"], "url": "https://hook.invalid/"},
    )
    ping = await make(f"/api/v2/webhook-endpoints/{endpoint['id']}/ping", None)
    browser = Browser().subscription("https://push.invalid/x")
    subscription = await make("/api/v2/push/subscriptions", browser)
    sessions = (await scene.call("GET", "/auth/sessions", user=ann)).json()
    ids = {
        "conversation_id": room["id"],
        "user_id": ann.id,
        "message_id": message["id"],
        "emoji": quote("🚀"),
        "file_id": file["id"],
        "scheduled_message_id": later["id"],
        "sanction_id": warning["id"],
        "session_id": sessions["items"][0]["id"],
        "key_id": made["api_key"]["id"],
        "passkey_id": passkey["id"],
        "role": "guest",
        "key": "theme",
        "action": "messages",
        "block_id": block["id"],
        "webhook_id": endpoint["id"],
        "subscription_id": subscription["id"],
        "delivery_id": ping["id"],
    }
    return Ann(ann, ids, direct["id"])


def lawful(schema: dict[str, Any], shapes: dict[str, Any], ids: dict[str, Any]) -> Any:
    """The least that a schema allows; ids are those of somebody else's things."""
    if "$ref" in schema:
        return lawful(shapes[schema["$ref"].rpartition("/")[2]], shapes, ids)
    for choices in ("oneOf", "anyOf"):
        if choices in schema:
            kinds = [kind for kind in schema[choices] if kind.get("type") != "null"]
            return lawful(kinds[0], shapes, ids)
    if "enum" in schema:
        return next(value for value in schema["enum"] if value is not None)
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        chosen = schema.get("required") or list(fields)[:1]
        return {name: value_of(name, fields[name], shapes, ids) for name in chosen}
    if kind == "array":
        return [lawful(schema["items"], shapes, ids)]
    if kind in {"integer", "number"}:
        return max(1, schema.get("minimum", 1))
    return True if kind == "boolean" else TEXT


def value_of(name: str, schema: dict[str, Any], shapes: dict[str, Any], ids: dict[str, Any]) -> Any:
    """What a field of this name is given: an id of somebody else's thing, or what is lawful."""
    value = lawful(schema, shapes, ids)
    if isinstance(value, str) and value != TEXT:
        return value  # one of a few words
    return ids.get(name, FIELDS.get(name, value))


def is_others(method: str, path: str) -> bool:
    """Whether a stranger who calls this reaches for what is not his."""
    return ("{" in path or path.startswith(STAFF)) and (method, path) not in OWN


async def operations(scene: NodeScene, ids: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Method, path and a lawful body of every call that needs credentials."""
    document = (await scene.call("GET", "/openapi.json")).json()
    shapes = document["components"]["schemas"]
    found = []
    for path, described in document["paths"].items():
        for method, operation in described.items():
            if method in METHODS and operation["security"]:
                body = operation.get("requestBody")
                content = body["content"] if body else {}
                schema = content.get("application/json", {}).get("schema")
                asked = {
                    parameter["name"]: value_of(parameter["name"], parameter["schema"], shapes, ids)
                    for parameter in operation.get("parameters", ())
                    if parameter["in"] == "query" and parameter.get("required")
                }
                target = f"{path}?{urlencode(asked)}" if asked else path
                sent = lawful(schema, shapes, ids) if schema else b"bytes" if content else None
                found.append((method.upper(), target, sent))
    return found


async def what_ann_has(scene: NodeScene, ann: Ann) -> list[Any]:
    seen = []
    for path in (
        "/api/v2/me",
        "/api/v2/conversations",
        "/auth/sessions",
        "/api/v2/scheduled-messages",
        "/api/v2/moderation/sanctions/mine",
        "/auth/passkeys",
        *(
            f"/api/v2/conversations/{conversation}/{part}"
            for conversation in (ann.ids["conversation_id"], ann.direct)
            for part in ("members", "messages")
        ),
    ):
        answer = await scene.call("GET", path, user=ann.user)
        assert answer.status == 200, (path, answer.body)
        seen.append(answer.json())
    for session in seen[2]["items"]:
        session.pop("last_used_at", None)
    return seen


@pytest.mark.parametrize("conversation", ["room", "direct"])
async def test_a_stranger_reaches_nothing_of_anybody(scene: NodeScene, conversation: str) -> None:
    admin = await scene.register("admin")
    ann = await move_in(scene, admin)
    ids = dict(ann.ids)
    if conversation == "direct":
        ids["conversation_id"] = ann.direct
    before = await what_ann_has(scene, ann)

    for n, (method, path, body) in enumerate(await operations(scene, ids)):
        eve = await scene.register(f"eve{n}")  # A new one each time: some calls log her out.
        # A path with an id that is not known here fails: add whose it is.
        answer = await scene.call(method, path.format(**ids), body, user=eve)

        told = f"{method} {path} {body}: {answer.status} {answer.body!r}"
        assert not any(secret.encode() in answer.body for secret in SECRETS), told
        if is_others(method, path):
            assert answer.status in REFUSED, told

    assert await what_ann_has(scene, ann) == before


async def test_what_the_stranger_sends_is_lawful_for_whom_it_belongs_to(scene: NodeScene) -> None:
    # The control: without it a body that nobody may send would pass for a refusal.
    admin = await scene.register("admin")
    ann = await move_in(scene, admin)

    for method, path, body in await operations(scene, ann.ids):
        if is_others(method, path):
            asker = admin if path.startswith(STAFF) else ann.user
            answer = await scene.call(method, path.format(**ann.ids), body, user=asker)

            assert answer.status not in {400, 422}, f"{method} {path} {body}: {answer.body!r}"
