"""API keys whose scopes let them change nothing: every door refuses what would."""

from __future__ import annotations

import re

import pytest

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


@pytest.mark.parametrize("scopes", [(), ("audit.read", "server.observe")])
async def test_every_call_that_changes_something_is_refused(
    scene: NodeScene, owner: User, scopes: tuple[str, ...]
) -> None:
    key = await key_of(scene, owner, *scopes)
    described = (await scene.call("GET", "/openapi.json")).json()["paths"]
    answers = {
        (method, path): await scene.call(
            method.upper(), re.sub(r"\{\w+\}", "1", path), {}, user=key
        )
        for path, methods in described.items()
        for method in UNSAFE & set(methods)
        if methods[method]["security"] and not path.startswith("/auth")
    }

    assert len(answers) > 50
    wrong = {what: answer.body for what, answer in answers.items() if answer.status != 403}
    assert wrong == {}
    assert (await scene.call("GET", "/api/v2/conversations/room_1", user=key)).status == 200


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

    assert made.status == 201
