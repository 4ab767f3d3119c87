"""Threads, mentions and edits at the doors, and switched off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.scenes.node import NodeScene, User, open_node_scene, quick

BASE = "/api/v2/conversations"


async def post(
    node: NodeScene, who: User, room: str, content: str, **more: object
) -> dict[str, Any]:
    body = {"content": content, **more}
    answer = await node.call("POST", f"{BASE}/{room}/messages", body, user=who)
    assert answer.status == 201, answer.body
    stored: dict[str, Any] = answer.json()
    return stored


async def test_threads_over_http(node: NodeScene, resident: tuple[User, str]) -> None:
    ann, room = resident
    root = await post(node, ann, room, "root")
    answer = await post(node, ann, room, "answer", parent_message_id=root["id"])

    listed = (await node.call("GET", f"{BASE}/{room}/threads", user=ann)).json()
    thread = f"/api/v2/messages/{answer['id']}/thread"
    muted = await node.call("PUT", thread, {"attention": "muted"}, user=ann)
    followed = await node.call("GET", f"{BASE}/{room}/threads?followed=true", user=ann)

    (item,) = listed["items"]
    assert (item["last_reply_seq"], item["attention"], listed["has_more"]) == (
        2,
        "following",
        False,
    )
    assert item["message"] | {"reply_count": 0, "last_reply_at": None} == root | {
        "participants": [ann.id]
    }
    assert (item["message"]["reply_count"], item["message"]["last_reply_at"]) == (
        1,
        answer["created_at"],
    )
    assert (muted.status, muted.json()) == (200, item | {"attention": "muted"})
    assert (await node.call("GET", thread, user=ann)).json() == muted.json()
    assert followed.json() == {"items": [], "has_more": False}


@pytest.mark.parametrize(
    ("query", "status"),
    [("before=0", 422), ("limit=0", 422), ("limit=101", 422), (f"before={2**63}", 422)],
)
async def test_a_wrong_page_of_threads(
    node: NodeScene, resident: tuple[User, str], query: str, status: int
) -> None:
    ann, room = resident

    assert (await node.call("GET", f"{BASE}/{room}/threads?{query}", user=ann)).status == status


async def test_edits_over_http(node: NodeScene, resident: tuple[User, str]) -> None:
    ann, room = resident  # the first one here: an admin
    ben = await node.register("ben")
    await node.call("POST", f"{BASE}/{room}/join", user=ben)
    message = await post(node, ben, room, "one")
    path = f"/api/v2/messages/{message['id']}"
    edited = (await node.call("PATCH", path, {"content": "two"}, user=ben)).json()

    seen = await node.call("GET", f"{path}/edits", user=ben)
    await node.call("DELETE", path, user=ben)
    hidden = await node.call("GET", f"{path}/edits", user=ben)
    found = await node.call("GET", f"{path}/edits", user=ann)

    first = {
        "rev": 2,
        "content": "one",
        "editor": {"id": ben.id, "username": "ben"},
        "edited_at": edited["edited_at"],
    }
    assert (seen.status, seen.json()) == (200, {"items": [first], "has_more": False})
    assert (hidden.status, hidden.json()["code"]) == (403, "forbidden")
    assert [edit["content"] for edit in found.json()["items"]] == ["one", "two"]


async def test_all_sockets_of_a_user_hear_what_they_want_of_a_thread(
    node: NodeScene, resident: tuple[User, str]
) -> None:
    ann, room = resident
    root = await post(node, ann, room, "root")
    peer = await node.connect("/ws/v2", ann)
    await peer.hear("hello")

    body = {"attention": "following"}
    await node.call("PUT", f"/api/v2/messages/{root['id']}/thread", body, user=ann)

    told = (await peer.hear("thread_attended"))["data"]
    assert told == {"message_id": root["id"], "conversation_id": room, **body}


@pytest.fixture
async def bare(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    """A node without threads and mentions."""
    settings = quick(Settings(), tmp_path)
    features = replace(settings.features, message_threads=False, user_mentions=False)
    settings = replace(settings, features=features)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as opened:
        yield opened


async def test_what_is_switched_off_is_unsupported(bare: NodeScene) -> None:
    ann, ben = await bare.register("ann"), await bare.register("ben")
    body = {"kind": "room", "name": "general", "members": [ben.id]}
    room = (await bare.call("POST", BASE, body, user=ann)).json()["id"]
    root = await post(bare, ann, room, "root")
    peer = await bare.connect("/ws/v2", ann)
    await peer.hear("hello")
    data = {"conversation_id": room, "content": "x", "parent_message_id": root["id"]}
    peer.say({"type": "send_message", "ref": 1, "data": data})
    refused = await peer.hear("error")
    answers = [
        await bare.call(method, path, body, user=ann)
        for method, path, body in (
            ("POST", f"{BASE}/{room}/messages", {"content": "x", "parent_message_id": root["id"]}),
            ("GET", f"{BASE}/{room}/messages?parent_message_id={root['id']}", None),
            ("GET", f"{BASE}/{room}/threads", None),
            ("GET", f"/api/v2/messages/{root['id']}/thread", None),
            ("PUT", f"/api/v2/messages/{root['id']}/thread", {"attention": "muted"}),
        )
    ]

    assert refused["data"]["code"] == "unsupported"
    assert {(a.status, a.json()["code"]) for a in answers} == {(501, "unsupported")}


async def test_where_mentions_are_off_an_at_is_only_a_sign(bare: NodeScene) -> None:
    ann, ben = await bare.register("ann"), await bare.register("ben")
    body = {"kind": "room", "name": "general", "members": [ben.id]}
    room = (await bare.call("POST", BASE, body, user=ann)).json()["id"]

    message = await post(bare, ann, room, "@ben @room")
    path = f"/api/v2/messages/{message['id']}"
    edited = (await bare.call("PATCH", path, {"content": "@ben"}, user=ann)).json()

    assert (message["mentions"], "audience" in message) == ([], False)
    assert (edited["mentions"], edited["content"]) == ([], "@ben")
