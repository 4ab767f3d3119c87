"""Somebody with something of everything, and what the OpenAPI document lets be done with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from tests.fakes.browser import Browser
from tests.fakes.passkey import FakePasskey
from tests.scenes.node import NodeScene, User

METHODS = {"get", "post", "put", "patch", "delete"}
TEXT = "something lawful"
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
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

    def __init__(self, user: User, ids: dict[str, str | int], direct: str, admin: User) -> None:
        self.user = user
        self.admin = admin
        self.ids = ids
        self.direct = direct


class Operation(NamedTuple):
    """A call of the document that needs credentials, with a lawful body."""

    method: str
    path: str
    body: Any
    is_keyed: bool  # takes an Idempotency-Key


async def move_in(scene: NodeScene, admin: User, *, number: int | str = "") -> Ann:
    """Make Ann and what she has; with a number, one more of her."""
    ann, ben = await scene.register(f"ann{number}"), await scene.register(f"ben{number}")

    async def make(path: str, body: object, *, user: User = ann) -> Any:
        return await scene.make(path, body, user=user)

    room = await make(
        "/api/v2/conversations",
        {"kind": "room", "name": f"hideout{number}", "visibility": "private", "members": [ben.id]},
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
    invited = await make("/auth/invitations", {"note": "ann's reason"}, user=admin)
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
        "friend_id": ben.id,
        "message_id": message["id"],
        "emoji": quote("🚀"),
        "file_id": file["id"],
        "scheduled_message_id": later["id"],
        "sanction_id": warning["id"],
        "session_id": sessions["items"][0]["id"],
        "key_id": made["api_key"]["id"],
        "passkey_id": passkey["id"],
        "invitation_id": invited["invitation"]["id"],
        "identity_id": 1,  # Nobody's, without a provider: test_linked_identities tries others'.
        "role": "guest",
        "key": "theme",
        "action": "messages",
        "block_id": block["id"],
        "webhook_id": endpoint["id"],
        "subscription_id": subscription["id"],
        "delivery_id": ping["id"],
    }
    return Ann(ann, ids, direct["id"], admin)


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


async def operations(scene: NodeScene, ids: dict[str, Any]) -> list[Operation]:
    """Give every call that needs credentials."""
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
                target = f"{path}?{urlencode(asked, doseq=True)}" if asked else path
                sent = lawful(schema, shapes, ids) if schema else b"bytes" if content else None
                names = {parameter["name"] for parameter in operation.get("parameters", ())}
                is_keyed = "Idempotency-Key" in names
                found.append(Operation(method.upper(), target, sent, is_keyed))
    return found
