"""Messages over sockets, on a whole node: every ref one answer, every reader every message."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.fakes.peer import FakePeer
from tests.scenes.node import NodeScene, User, open_node_scene, quick

BASE = "/api/v2/conversations"
MESSAGE = {
    "id",
    "conversation_id",
    "seq",
    "sender",
    "content",
    "message_type",
    "parent_message_id",
    "client_id",
    "created_at",
    "edited_at",
    "deleted",
    "pinned",
    "reply_count",
    "last_reply_at",
    "reactions",
    "mentions",
}


async def create(node: NodeScene, user: User, name: str, *members: User) -> str:
    body = {"kind": "room", "name": name, "members": [m.id for m in members]}
    answer = await node.call("POST", BASE, body, user=user)
    assert answer.status == 201, answer.body
    room: str = answer.json()["id"]
    return room


async def on_socket(node: NodeScene, user: User) -> FakePeer:
    peer = await node.connect("/ws/v2", user)
    await peer.hear("hello")
    return peer


async def ask(peer: FakePeer, command: str, **data: Any) -> Any:
    """Send a command and wait for its acknowledgement."""
    peer.say({"type": command, "ref": "r", "data": data})
    return (await peer.hear("ack"))["data"]


async def refused(peer: FakePeer, command: str, **data: Any) -> Any:
    """Send a command that is refused; gives the error's data."""
    peer.say({"type": command, "ref": "r", "data": data})
    return (await peer.hear("error"))["data"]


async def test_a_message_is_acknowledged_and_heard_by_all_alike(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", ben)
    here, there = await on_socket(node, ann), await on_socket(node, ben)

    sent = await ask(here, "send_message", conversation_id=room, content="hi", client_id="k")

    assert sent.keys() == MESSAGE
    assert (sent["sender"], sent["client_id"]) == ({"id": ann.id, "username": "ann"}, "k")
    assert (await there.hear("message"))["data"] == sent
    own = [frame["data"] for frame in here.heard if frame["type"] == "message"]
    assert own == [sent] or (await here.hear("message"))["data"] == sent


async def test_an_edit_and_a_deletion_are_told_with_their_rev(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", ben)
    here, there = await on_socket(node, ann), await on_socket(node, ben)
    sent = await ask(here, "send_message", conversation_id=room, content="hi")

    edited = await ask(here, "edit_message", message_id=sent["id"], content="ho")
    deleted = await ask(here, "delete_message", message_id=sent["id"])

    assert edited.keys() == deleted.keys() == MESSAGE
    assert (edited["content"], deleted["content"], deleted["deleted"]) == ("ho", "", True)
    assert (await there.hear("message_edited"))["data"] == {**edited, "rev": 1}
    assert (await there.hear("message_deleted"))["data"] == {**deleted, "rev": 2}


async def test_history_over_the_socket_is_the_page(node: NodeScene) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")
    peer = await on_socket(node, ann)
    sent = [await ask(peer, "send_message", conversation_id=room, content=str(n)) for n in range(3)]

    page = await ask(peer, "history", conversation_id=room, before=3, limit=1)
    peer.say({"type": "history", "data": {"conversation_id": room}})
    unasked = await peer.hear("ack")

    assert page == {"items": [sent[1]], "has_more": True}
    assert (unasked["ref"], unasked["data"]) == (None, {"items": sent, "has_more": False})


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("send_message", {}, "invalid"),
    ("send_message", {"conversation_id": "ROOM", "content": ""}, "invalid"),
    ("send_message", {"conversation_id": "ROOM", "content": "\u2003"}, "invalid"),
    ("send_message", {"conversation_id": "ROOM", "content": "a\x00"}, "invalid"),
    ("send_message", {"conversation_id": "ROOM", "content": 5}, "invalid"),
    ("send_message", {"conversation_id": 1, "content": "x"}, "invalid"),
    ("send_message", {"conversation_id": "ROOM", "content": "x" * 4001}, "too_large"),
    ("send_message", {"conversation_id": "room_99", "content": "x"}, "not_found"),
    ("send_message", {"conversation_id": "dm_1", "content": "x"}, "not_found"),
    ("send_message", {"conversation_id": "", "content": "x"}, "not_found"),
    (
        "send_message",
        {"conversation_id": "ROOM", "content": "x", "message_type": "system"},
        "invalid",
    ),
    ("send_message", {"conversation_id": "ROOM", "content": "x", "message_type": "a"}, "invalid"),
    (
        "send_message",
        {"conversation_id": "ROOM", "content": "x", "parent_message_id": 1},
        "not_found",
    ),
    (
        "send_message",
        {"conversation_id": "ROOM", "content": "x", "parent_message_id": 0},
        "invalid",
    ),
    ("send_message", {"conversation_id": "ROOM", "content": "x", "client_id": "é"}, "invalid"),
    ("edit_message", {"message_id": 0, "content": "x"}, "invalid"),
    ("edit_message", {"message_id": 2**63, "content": "x"}, "invalid"),
    ("edit_message", {"message_id": 2**63 - 1, "content": "x"}, "not_found"),
    ("edit_message", {"message_id": 1}, "invalid"),
    ("delete_message", {"message_id": -1}, "invalid"),
    ("delete_message", {"message_id": 99}, "not_found"),
    ("history", {"conversation_id": "ROOM", "before": 1, "after": 1}, "invalid"),
    ("history", {"conversation_id": "ROOM", "before": 0}, "invalid"),
    ("history", {"conversation_id": "ROOM", "before": 2**63}, "invalid"),
    ("history", {"conversation_id": "ROOM", "limit": 0}, "invalid"),
    ("history", {"conversation_id": "ROOM", "limit": 1001}, "invalid"),
    ("history", {"conversation_id": "ROOM", "limit": 10**30}, "invalid"),
    ("history", {"conversation_id": "ROOM", "parent_message_id": 1}, "not_found"),
    ("history", {"conversation_id": "ROOM", "parent_message_id": 0}, "invalid"),
    ("subscribe", {"since": {"ROOM": 1.5}}, "invalid"),
    ("pin_message", {}, "invalid"),
    ("add_reaction", {}, "invalid"),
    ("remove_reaction", {}, "invalid"),
    ("search_messages", {}, "invalid"),
    ("search_messages", {"query": "has:flag"}, "invalid"),
    ("search_messages", {"query": "x", "limit": 1001}, "invalid"),
    ("typing", {}, "invalid"),
    ("set_presence", {}, "invalid"),
    ("dance", {}, "invalid"),
]


async def test_a_wrong_command_has_its_code_and_the_socket_stays(node: NodeScene) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")
    peer = await on_socket(node, ann)

    for command, data, code in WRONG:
        named = {k: room if v == "ROOM" else v for k, v in data.items()}
        error = await refused(peer, command, **named)
        assert error["code"] == code, (command, data, error)
        assert error.keys() == {"code", "message"}
    assert (await ask(peer, "send_message", conversation_id=room, content="x"))["seq"] == 1


# --- exactly one answer ----------------------------------------------------------------------------

commands = st.sampled_from(
    [
        *((command, data) for command, data, _ in WRONG),
        *([("send_message", {"conversation_id": "ROOM", "content": "x"})] * 8),
        ("send_message", {"conversation_id": "ROOM", "content": "x", "client_id": "k"}),
        ("send_message", {"conversation_id": "ROOM", "content": "y", "client_id": "k"}),
        ("edit_message", {"message_id": 1, "content": "y"}),
        ("edit_message", {"message_id": 1, "content": "y", "client_id": "k"}),
        ("delete_message", {"message_id": 2}),
        ("history", {"conversation_id": "ROOM"}),
        ("subscribe", {"since": {"ROOM": 0}}),
        ("join", {"name": "general"}),
        ("mark_read", {"conversation_id": "ROOM", "seq": 1}),
        ("ping", {}),
    ]
)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(commands, min_size=1, max_size=80))
async def test_each_ref_has_one_answer_whatever_is_sent_at_once(
    node: NodeScene, resident: tuple[User, str], burst: list[tuple[str, dict[str, Any]]]
) -> None:
    user, room = resident
    peer = await on_socket(node, user)

    for ref, (command, data) in enumerate(burst):
        named = {k: room if v == "ROOM" else v for k, v in data.items()}
        peer.say({"type": command, "ref": ref, "data": named})
    answers: Counter[int] = Counter()
    while len(answers) < len(burst):
        frame = await peer.hear_next()
        if frame["type"] in {"ack", "error"}:
            answers[frame["ref"]] += 1
            assert frame["data"].get("code") != "internal", frame
    await ask(peer, "ping")

    last = Counter(f["ref"] for f in peer.heard if f["type"] in {"ack", "error"})
    del last["r"]
    assert last == Counter(range(len(burst)))
    peer.close(1000)


class HeedingPeer(FakePeer):
    """A peer that notes whether the server still wants to read."""

    def pause_reading(self) -> None:  # type: ignore[explicit-override] # see FakePeer
        self.is_paused = True

    def resume_reading(self) -> None:  # type: ignore[explicit-override] # see FakePeer
        self.is_paused = False


async def test_after_any_mixture_of_outcomes_reading_goes_on(node: NodeScene) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")
    admitted: Any = await node.admit("/ws/v2", ann)
    peer = HeedingPeer(admitted.receiver)
    node.peers.append(peer)
    peer.open()
    await peer.hear("hello")
    outcomes = [
        {"content": "x"},
        {"content": ""},
        {"content": "x", "client_id": "same"},
        {"content": "y", "client_id": "same"},
        {"content": "x", "message_type": "system"},
    ]

    for ref in range(1000):
        data = {"conversation_id": room, **outcomes[ref % len(outcomes)]}
        peer.say({"type": "send_message", "ref": ref, "data": data})
    assert peer.is_paused
    answered = 0
    while answered < 1000:
        answered += (await peer.hear_next())["type"] in {"ack", "error"}

    assert not peer.is_paused


async def test_who_hangs_up_right_after_sending_has_sent(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", ben)
    here, there = await on_socket(node, ann), await on_socket(node, ben)
    await ask(here, "send_message", conversation_id=room, content="first")

    here.say({"type": "send_message", "data": {"conversation_id": room, "content": "last"}})
    here.close(1000)

    told = [(await there.hear("message"))["data"] for _ in range(2)]
    assert [(message["seq"], message["content"]) for message in told] == [(1, "first"), (2, "last")]


# --- limits ----------------------------------------------------------------------------------------


@pytest.fixture
async def strict_node(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    """A node where a user sends three messages a minute."""
    wide = quick(Settings(), tmp_path)
    narrow = replace(wide, limits=replace(wide.limits, max_messages_per_minute=3))
    async with open_node_scene(database, fresh_database.app_dsn, narrow) as opened:
        yield opened


async def test_who_sends_too_often_is_told_how_long_to_wait(strict_node: NodeScene) -> None:
    node = strict_node
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", ben)
    peer = await on_socket(node, ann)
    for _ in range(3):
        await ask(peer, "send_message", conversation_id=room, content="x")

    error = await refused(peer, "send_message", conversation_id=room, content="x")
    answer = await node.call("POST", f"{BASE}/{room}/messages", {"content": "x"}, user=ann)
    other = await node.call("POST", f"{BASE}/{room}/messages", {"content": "x"}, user=ben)

    assert error["code"] == answer.json()["code"] == "rate_limited"
    assert 1 <= error["retry_after"] <= 20
    assert answer.status == 429
    assert answer.headers["retry-after"] == str(answer.json()["retry_after"])
    assert other.status == 201
    assert (await ask(peer, "ping")) == {}


async def test_ten_sockets_that_send_the_same_are_answered_alike(node: NodeScene) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")
    peers = [await on_socket(node, ann) for _ in range(10)]

    sent = await asyncio.gather(
        *(
            ask(peer, "send_message", conversation_id=room, content="x", client_id="k")
            for peer in peers
        )
    )

    assert all(message == sent[0] for message in sent)
    page = await ask(peers[0], "history", conversation_id=room)
    assert page["items"] == [sent[0]]
