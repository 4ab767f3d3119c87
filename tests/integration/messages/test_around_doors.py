"""Reactions and pins over sockets and HTTP, on a whole node; and how one catches up with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.fakes.peer import FakePeer
from tests.integration.messages.test_socket import BASE, ask, create, on_socket
from tests.scenes.conversation import name_of
from tests.scenes.node import NodeScene, User, open_node_scene, quick
from tests.scenes.race import RaceScene


async def said(node: NodeScene, who: User, room: str, content: str = "hi") -> int:
    answer = await node.call("POST", f"{BASE}/{room}/messages", {"content": content}, user=who)
    number: int = answer.json()["id"]
    return number


async def changes(peer: FakePeer) -> list[Any]:
    """All numbered changes that have come by now."""
    peer.say({"type": "ping", "ref": "end"})
    await peer.hear("ack")
    return [frame for frame in peer.heard if "rev" in frame["data"]]


async def refusal(peer: FakePeer, command: str, **data: Any) -> str:
    peer.say({"type": command, "ref": "r", "data": data})
    code: str = (await peer.hear("error"))["data"]["code"]
    return code


async def test_both_doors_say_the_same(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", ben)
    message = await said(node, ann, room)
    peer = await on_socket(node, ben)
    path = f"/api/v2/messages/{message}"

    by_socket = await ask(peer, "add_reaction", message_id=message, emoji="❤")
    by_http = await node.call("PUT", f"{path}/reactions/{quote('❤️')}", user=ann)
    taken = await node.call("DELETE", f"{path}/reactions/{quote('❤')}", user=ann)
    pinned = await node.call("PUT", f"{path}/pin", user=ann)
    listed = (await node.call("GET", f"{BASE}/{room}/pins", user=ben)).json()["items"]
    unpinned = await node.call("DELETE", f"{path}/pin", user=ann)

    assert by_socket == {"emoji": "❤️", "count": 1}
    assert (by_http.status, by_http.json()) == (200, {"emoji": "❤️", "count": 2})
    assert (taken.status, taken.json()) == (200, {"emoji": "❤️", "count": 1})
    assert (pinned.status, pinned.body, unpinned.status) == (204, b"", 204)
    about = {"message_id": message, "conversation_id": room}
    expected: list[tuple[str, dict[str, object]]] = [
        ("reaction_added", {"emoji": "❤️", "count": 1, "user_id": ben.id, "rev": 1}),
        ("reaction_added", {"emoji": "❤️", "count": 2, "user_id": ann.id, "rev": 2}),
        ("reaction_removed", {"emoji": "❤️", "count": 1, "user_id": ann.id, "rev": 3}),
        ("message_pinned", {"pinned": True, "user_id": ann.id, "rev": 4}),
        ("message_pinned", {"pinned": False, "user_id": ann.id, "rev": 5}),
    ]
    told = [(frame["type"], frame["data"]) for frame in await changes(peer)]
    assert told == [(kind, {**about, **data}) for kind, data in expected]
    assert [(p["message"]["id"], p["pinned_by"]) for p in listed] == [(message, ann.id)]
    assert listed[0]["message"]["reactions"] == [{"emoji": "❤️", "count": 1, "me": True}]


async def test_statistics_over_http(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", ben)
    message = await said(node, ann, room)
    for who, emoji in ((ann, "🚀"), (ben, "🚀"), (ben, "🎉")):
        await node.call("PUT", f"/api/v2/messages/{message}/reactions/{quote(emoji)}", user=who)

    path = f"/api/v2/messages/{message}/reactions"
    who = (await node.call("GET", f"{path}?limit=1", user=ben)).json()
    party = (await node.call("GET", f"{path}?emoji={quote('🎉')}", user=ben)).json()
    most = (await node.call("GET", f"{BASE}/{room}/reactions", user=ann)).json()
    wrong = await node.call("GET", f"{path}?emoji=x", user=ann)

    assert who == {
        "reactions": [
            {"emoji": "🚀", "count": 2, "me": True},
            {"emoji": "🎉", "count": 1, "me": True},
        ],
        "items": [{"user": {"id": ann.id, "username": "ann"}, "emojis": ["🚀"]}],
        "has_more": True,
    }
    assert [i["user"]["id"] for i in party["items"]] == [ben.id]
    assert most == {"items": [{"emoji": "🚀", "count": 2}, {"emoji": "🎉", "count": 1}]}
    assert (wrong.status, wrong.json()["code"]) == (422, "invalid")


async def test_commands_are_refused_by_their_codes(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", ben)
    message, gone = await said(node, ann, room), await said(node, ann, room)
    await node.call("DELETE", f"/api/v2/messages/{gone}", user=ann)
    peer = await on_socket(node, ben)

    for data, code in (
        ({"message_id": message, "emoji": "no"}, "invalid"),
        ({"message_id": message, "emoji": 1}, "invalid"),
        ({"message_id": message}, "invalid"),
        ({"message_id": 0, "emoji": "🚀"}, "invalid"),
        ({"message_id": 1 << 63, "emoji": "🚀"}, "invalid"),
        ({"message_id": message, "emoji": "🚀", "client_id": "é"}, "invalid"),
        ({"message_id": 999, "emoji": "🚀"}, "not_found"),
        ({"message_id": gone, "emoji": "🚀"}, "conflict"),
    ):
        assert await refusal(peer, "add_reaction", **data) == code, data
    assert await refusal(peer, "pin_message", message_id=message, pinned=True) == "forbidden"
    assert await refusal(peer, "pin_message", message_id=message, pinned="yes") == "invalid"
    assert await refusal(peer, "pin_message", message_id=999, pinned=True) == "not_found"


@pytest.fixture
async def bare_node(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    """A node with reactions and pins switched off."""
    settings = quick(Settings(), tmp_path)
    off = replace(settings.features, message_reactions=False, pinned_messages=False)
    async with open_node_scene(
        database, fresh_database.app_dsn, replace(settings, features=off)
    ) as opened:
        yield opened


async def test_what_is_switched_off_is_unsupported_by_every_door(bare_node: NodeScene) -> None:
    ann = await bare_node.register("ann")
    room = await create(bare_node, ann, "general")
    message = await said(bare_node, ann, room)
    peer = await on_socket(bare_node, ann)
    path = f"/api/v2/messages/{message}"

    for command in ("add_reaction", "remove_reaction"):
        assert await refusal(peer, command, message_id=message, emoji="🚀") == "unsupported"
    assert await refusal(peer, "pin_message", message_id=message, pinned=True) == "unsupported"
    for method, target in (
        ("PUT", f"{path}/reactions/{quote('🚀')}"),
        ("DELETE", f"{path}/reactions/{quote('🚀')}"),
        ("GET", f"{path}/reactions"),
        ("GET", f"{BASE}/{room}/reactions"),
        ("PUT", f"{path}/pin"),
        ("DELETE", f"{path}/pin"),
        ("GET", f"{BASE}/{room}/pins"),
    ):
        answer = await bare_node.call(method, target, user=ann)
        assert (answer.status, answer.json()["code"]) == (501, "unsupported"), target


async def test_who_comes_back_is_told_what_is_so_now(race: RaceScene) -> None:
    ann, ben = await race.people("ann", "ben")
    room = await race.room(ann, ben)
    kept, gone = await race.say(ann, room, "kept", "gone")
    await race.react(ben, kept)
    await race.react(ann, kept)
    await race.react(ben, kept, is_adding=False)
    await race.messages.pins.pin(ann, kept.id, is_pinned=True)
    await race.react(ben, gone, "🎉")
    await race.messages.pins.pin(ann, gone.id, is_pinned=True)
    await race.service.delete_message(ann, gone.id)
    peer = race.connect(ben)
    await peer.hear("hello")

    data = {"since": {name_of(room): 2}, "revs": {name_of(room): 0}}
    peer.say({"type": "subscribe", "ref": 1, "data": data})
    assert (await peer.hear("ack"))["data"][name_of(room)]["rev"] == 7
    told = [await peer.hear_next() for _ in range(7)]

    state = [
        (
            frame["type"],
            frame["data"].get("count", frame["data"].get("pinned")),
            frame["data"].get("user_id"),
        )
        for frame in told
    ]
    assert [frame["data"]["rev"] for frame in told] == list(range(1, 8))
    assert state == [
        ("reaction_added", 1, ben.user_id),
        ("reaction_added", 1, ann.user_id),
        ("reaction_removed", 1, ben.user_id),
        ("message_pinned", True, ann.user_id),
        ("reaction_added", 0, ben.user_id),
        ("message_pinned", False, ann.user_id),
        ("message_deleted", False, None),
    ]
    assert [frame["data"].get("emoji") for frame in told[:3]] == ["🚀"] * 3
