"""What moderators and managers do is on record, by whichever door: who, what, and from where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.fakes.peer import FakePeer
from tests.scenes.moderation import BASE, ModerationScene, open_moderation_scene
from tests.scenes.node import open_node_scene, quick

SOCKET_ADDRESS = "192.0.2.9"  # Of the scene's sockets.


@pytest.fixture
async def scene(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[ModerationScene]:
    settings = quick(Settings(), tmp_path)
    settings = replace(settings, limits=replace(settings.limits, max_messages_per_minute=0))
    async with open_node_scene(database, fresh_database.app_dsn, settings) as node:
        yield await open_moderation_scene(node, database)


async def recorded(scene: ModerationScene, action: str) -> list[dict[str, Any]]:
    answer = await scene.call(scene.ada, "GET", f"/api/v2/audit/logs?action={action}")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def ask(peer: FakePeer, command: str, **data: Any) -> Any:
    peer.say({"type": command, "ref": 1, "data": data})
    while True:
        frame = await peer.hear_next()
        if frame["type"] in {"ack", "error"}:
            return frame


async def test_what_a_moderator_does_by_a_socket_is_on_record_as_by_http(
    scene: ModerationScene,
) -> None:
    by_socket, by_http = [
        int((await scene.say(scene.ben, text)).json()["id"]) for text in ("one", "two")
    ]
    peer = await scene.on_socket(scene.mo)
    pinned = await ask(peer, "pin_message", message_id=by_socket, pinned=True)
    unpinned = await ask(peer, "pin_message", message_id=by_socket, pinned=False)
    reported = await ask(peer, "report", message_id=by_socket, reason="spam")
    deleted = await ask(peer, "delete_message", message_id=by_socket)
    await scene.call(scene.mo, "DELETE", f"/api/v2/messages/{by_http}")

    assert [frame["type"] for frame in (pinned, unpinned, reported, deleted)] == ["ack"] * 4
    http, socket = await recorded(scene, "messages.delete")
    assert (socket["user_id"], socket["target"], socket["address"]) == (
        scene.mo.id, f"message:{by_socket}", SOCKET_ADDRESS,
    )  # fmt: skip
    assert (http["user_id"], http["target"], http["address"]) == (
        scene.mo.id, f"message:{by_http}", "127.0.0.1",
    )  # fmt: skip
    assert socket["after"]["sender_id"] == scene.ben.id
    for action in ("messages.pin", "messages.unpin", "moderation.reports.insert"):
        (entry,) = await recorded(scene, action)
        assert (entry["user_id"], entry["address"]) == (scene.mo.id, SOCKET_ADDRESS)


async def test_authors_who_delete_their_own_are_not_on_record(scene: ModerationScene) -> None:
    message = (await scene.say(scene.ben)).json()["id"]
    await scene.call(scene.ben, "DELETE", f"/api/v2/messages/{message}")

    assert await recorded(scene, "messages.delete") == []


async def test_managers_of_rooms_are_on_record_without_what_they_wrote(
    scene: ModerationScene,
) -> None:
    room = f"/api/v2/conversations/{scene.room}"
    await scene.call(scene.ann, "PATCH", room, {"topic": "a secret plan"})
    member = f"{room}/members/{scene.ben.id}"
    await scene.call(scene.ann, "PATCH", member, {"role": "admin"})
    await scene.call(scene.ann, "DELETE", member)

    (updated,) = await recorded(scene, "conversations.update")
    (changed,) = await recorded(scene, "conversations.members.change_role")
    (removed,) = await recorded(scene, "conversations.members.remove")
    assert {e["user_id"] for e in (updated, changed, removed)} == {scene.ann.id}
    assert updated["after"]["changed"] == ["topic"]
    assert (changed["before"]["role"], changed["after"]["role"]) == ("member", "admin")
    assert removed["target"] == f"user:{scene.ben.id}"


async def test_sanctions_filters_and_decisions_have_their_author(scene: ModerationScene) -> None:
    await scene.sanction("warning", scene.ben)
    await scene.call(
        scene.ann, "PUT", f"/api/v2/conversations/{scene.room}/filter", {"meaning": "strict"}
    )
    message = (await scene.say(scene.ben)).json()["id"]
    report = {"reason": "other", "message_id": message}
    number = (await scene.call(scene.ann, "POST", f"{BASE}/reports", report)).json()["id"]
    decision = {"ids": [number], "upheld": False, "reason": "fine"}
    await scene.call(scene.mo, "POST", f"{BASE}/reports/decisions", decision)

    authors = {
        action: (await recorded(scene, action))[0]["user_id"]
        for action in (
            "moderation.sanctions.insert",
            "moderation.room_filters.insert",
            "moderation.reports.insert",
            "moderation.reports.update",
        )
    }
    assert list(authors.values()) == [scene.mo.id, scene.ann.id, scene.ann.id, scene.mo.id]


async def test_the_muted_name_and_describe_no_rooms_by_any_door(scene: ModerationScene) -> None:
    room = f"/api/v2/conversations/{scene.room}"
    v1 = await scene.node.connect("/ws/v1", scene.ann)
    await scene.sanction("mute", scene.ann, seconds=3600)

    made = await scene.call(
        scene.ann, "POST", "/api/v2/conversations", {"kind": "room", "name": "x"}
    )
    renamed = await scene.call(scene.ann, "PATCH", room, {"name": "other"})
    described = await scene.call(scene.ann, "PATCH", room, {"topic": "words"})
    closed = await scene.call(scene.ann, "PATCH", room, {"visibility": "private"})
    v1.say({"type": "join_room", "data": {"room": "loud-words"}})
    refused = await v1.hear("error")

    assert [a.json().get("code") for a in (made, renamed, described)] == ["muted"] * 3
    assert closed.status == 200  # It says nothing.
    assert refused["data"]["code"] == "muted"
