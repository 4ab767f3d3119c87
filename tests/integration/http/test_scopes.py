"""API keys change what a scope of theirs names, and nothing else, at every door."""

from __future__ import annotations

import re

import pytest

from causerie.accounts import Permission
from tests.scenes.node import NodeScene, User

UNSAFE = {"post", "put", "patch", "delete"}
HERE: dict[str, object] = {"conversation_id": "room_1"}
COMMANDS: dict[str, dict[str, object]] = {
    "join": HERE,
    "leave": HERE,
    "mark_read": {**HERE, "seq": 1},
    "typing": {**HERE, "typing": True},
    "set_presence": {"status": "busy"},
    "send_message": {**HERE, "content": "x"},
    "edit_message": {"message_id": 1, "content": "x"},
    "delete_message": {"message_id": 1},
    "add_reaction": {"message_id": 1, "emoji": "👍"},
    "remove_reaction": {"message_id": 1, "emoji": "👍"},
    "pin_message": {"message_id": 1, "pinned": True},
    "report": {"message_id": 1, "reason": "spam"},
}
# What takes another scope than messages.send, or one of several; by how its path begins.
MANAGING = {"conversations.create", "conversations.manage_any"}
SCOPES: dict[str, set[str]] = {
    r"\w+ /api/v2/admin/limits": {"limits.manage"},
    "post /api/v2/conversations$": {*MANAGING, "messages.send"},
    "patch /api/v2/conversations/{conversation_id}": MANAGING,
    r"\w+ /api/v2/conversations/{conversation_id}/members": MANAGING,
    "put /api/v2/conversations/{conversation_id}/filter": MANAGING,
    r"\w+ /api/v2/(webhook-endpoints|incoming-webhooks)": {*MANAGING, "webhooks.manage"},
    r"\w+ /api/v2/messages/{message_id}/pin": {"messages.send", "messages.pin_any"},
    "delete /api/v2/(messages/{message_id}|files/{file_id})$": {
        "messages.send",
        "messages.delete_any",
    },
    "post /api/v2/moderation/files": {"messages.delete_any"},
    "put /api/v2/moderation/(ladder|users)": {"moderation.adjust"},
    "post /api/v2/moderation/reports/decisions": {"reports.review"},
    "post /api/v2/moderation/sanctions(/{sanction_id}/(lift|decision))?$": {"users.sanction"},
}
SPEAKING = {"messages.send"}
REFUSED = "This API key has no scope for this"
READING: dict[str, dict[str, object]] = {
    "ping": {},
    "history": HERE,
    "subscribe": {"resume": {}},
    "search_messages": {"query": "words"},
}


async def key_of(scene: NodeScene, owner: User, *scopes: str) -> User:
    made = await scene.make("/auth/api-keys", {"name": "reader", "scopes": scopes}, user=owner)
    return User(owner.id, owner.username, made["key"])


@pytest.fixture
async def owner(scene: NodeScene) -> User:
    ada = await scene.register("ada")
    await scene.make("/api/v2/conversations", {"kind": "room", "name": "one"}, user=ada)
    await scene.make("/api/v2/conversations/room_1/messages", {"content": "words"}, user=ada)
    return ada


async def operations(scene: NodeScene) -> dict[tuple[str, str], set[str]]:
    """What changes something and is open to keys, with the scopes of which a key must have one."""
    described = (await scene.call("GET", "/openapi.json")).json()["paths"]
    return {
        (method, path): next(
            (names for line, names in SCOPES.items() if re.match(line, f"{method} {path}")),
            SPEAKING,
        )
        for path, methods in described.items()
        for method in sorted(UNSAFE & set(methods))
        if methods[method]["security"] and not path.startswith("/auth")
    }


async def test_who_has_no_scope_that_changes_anything_is_refused_every_call_that_does(
    scene: NodeScene, owner: User
) -> None:
    key = await key_of(scene, owner)
    answers = {
        (method, path): await scene.call(
            method.upper(), re.sub(r"\{\w+\}", "1", path), {}, user=key
        )
        for method, path in await operations(scene)
    }

    assert len(answers) > 50
    wrong = {what: answer.body for what, answer in answers.items() if answer.status != 403}
    assert wrong == {}
    assert (await scene.call("GET", "/api/v2/conversations/room_1", user=key)).status == 200


async def test_every_call_takes_one_of_its_own_scopes_and_no_other(
    scene: NodeScene, owner: User
) -> None:
    described = await operations(scene)
    keys: dict[str, tuple[User, User]] = {}
    wrong = []
    for (method, path), names in described.items():
        kind = " ".join(sorted(names))
        if kind not in keys:
            others = set(Permission) - names
            keys[kind] = (await key_of(scene, owner, *others), await key_of(scene, owner, *names))
        answers = [
            await scene.call(method.upper(), re.sub(r"\{\w+\}", "1", path), {}, user=key)
            for key in keys[kind]
        ]
        if [REFUSED.encode() in answer.body for answer in answers] != [True, False]:
            wrong.append((method, path, [answer.body for answer in answers]))

    assert wrong == []
    assert {" ".join(sorted(names)) for names in SCOPES.values()} <= set(keys)


@pytest.mark.parametrize(
    ("scopes", "open_to_it"),
    [
        ({"messages.send"}, set(COMMANDS)),
        ({"messages.delete_any"}, {"delete_message"}),
        ({"messages.pin_any"}, {"pin_message"}),
        (set(Permission) - {"messages.send", "messages.delete_any", "messages.pin_any"}, set()),
    ],
)
async def test_every_command_takes_one_of_its_own_scopes_and_no_other(
    scene: NodeScene, owner: User, scopes: set[str], open_to_it: set[str]
) -> None:
    peer = await scene.connect("/ws/v2", await key_of(scene, owner, *scopes))
    await peer.hear("hello")
    refused = set()
    for name, data in COMMANDS.items():
        peer.say({"type": name, "ref": name, "data": data})
        while (frame := await peer.hear_next()).get("ref") != name:
            pass
        if frame["data"].get("message", "").startswith(REFUSED):
            refused.add(name)

    assert set(COMMANDS) - refused == open_to_it


async def test_every_command_that_changes_something_is_refused(
    scene: NodeScene, owner: User
) -> None:
    names = (await scene.call("GET", "/asyncapi.json")).json()["components"]["messages"]
    peer = await scene.connect("/ws/v2", await key_of(scene, owner))
    await peer.hear("hello")

    for name, data in COMMANDS.items():
        peer.say({"type": name, "ref": name, "data": data})
        error = await peer.hear("error")
        assert (error["ref"], error["data"]["code"]) == (name, "forbidden")
    for name, data in READING.items():
        peer.say({"type": name, "ref": name, "data": data})
        while (frame := await peer.hear_next())["type"] not in {"ack", "error", "pong"}:
            pass
        assert frame["type"] != "error", frame
    assert {*COMMANDS, *READING} <= set(names)


async def test_the_older_dialect_refuses_it_too(scene: NodeScene, owner: User) -> None:
    ben = await scene.register("ben")
    peer = await scene.connect("/ws/v1", await key_of(scene, owner))

    for command in (
        {"type": "join_room", "room": "another"},
        {"type": "direct_message", "to_user_id": ben.id, "content": "x"},
    ):
        peer.say(command)
        assert (await peer.hear("error"))["data"]["code"] == "forbidden"

    rooms = (await scene.call("GET", "/api/v2/conversations", user=owner)).json()["items"]
    assert [room["id"] for room in rooms] == ["room_1"]


async def test_a_scope_that_lets_it_act_lets_it_act(scene: NodeScene, owner: User) -> None:
    key = await key_of(scene, owner, "conversations.create")

    made = await scene.call(
        "POST", "/api/v2/conversations", {"kind": "room", "name": "two"}, user=key
    )
    renamed = await scene.call("PATCH", "/api/v2/conversations/room_2", {"name": "3"}, user=key)
    told = await scene.call("POST", "/api/v2/conversations/room_2/leave", user=key)

    assert (made.status, renamed.status, told.status) == (201, 200, 403)
