"""Phoenix Channels: joined, pushed to, resumed and left, beside the other tongues."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from causerie.gateway.ports import Refused
from tests.databases import FreshDatabase
from tests.fakes.peer import FakePeer
from tests.scenes.node import NodeScene, User, open_node_scene, quick

pytestmark = pytest.mark.long

SOCKET = "/socket/websocket?vsn=2.0.0"


class Client:
    """Speaks one of the serializers; channels are joined by their topics."""

    def __init__(self, peer: FakePeer, *, version: int = 2) -> None:
        self.peer = peer
        self.version = version
        self._ref = 0

    def push(self, topic: str, event: str, payload: object = None) -> str:
        self._ref += 1
        ref = str(self._ref)
        payload = {} if payload is None else payload
        if self.version == 1:
            frame: object = {"topic": topic, "event": event, "payload": payload, "ref": ref}
        else:
            frame = [f"j{topic}", ref, topic, event, payload]
        self.peer.say(frame)
        return ref

    async def hear(self) -> tuple[Any, str, str, Any]:
        """The next frame: ref, topic, event, payload."""
        frame = await self.peer.hear_next()
        if self.version == 1:
            return frame["ref"], frame["topic"], frame["event"], frame["payload"]
        return frame[1], frame[2], frame[3], frame[4]

    async def hear_event(self, wanted: str) -> Any:
        """The payload of the next frame of an event; others are passed over."""
        while True:
            _, _, event, payload = await self.hear()
            if event == wanted:
                return payload

    async def hear_diff(self, about: User) -> Any:
        """The next change of presence about somebody."""
        while True:
            diff = await self.hear_event("presence_diff")
            if str(about.id) in (diff["joins"] | diff["leaves"]):
                return diff

    async def ask(self, topic: str, event: str, payload: object = None) -> Any:
        """Push, and give the payload of the reply; what comes before it is passed over."""
        asked = self.push(topic, event, payload)
        while True:
            ref, _, event, payload = await self.hear()
            if event == "phx_reply" and ref == asked:
                return payload

    async def join(self, topic: str, params: object = None) -> Any:
        reply = await self.ask(topic, "phx_join", params)
        assert reply["status"] == "ok", reply
        return reply["response"]


@pytest.fixture
async def scene(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    settings = quick(Settings(), tmp_path)
    settings = replace(settings, limits=replace(settings.limits, max_messages_per_minute=0))
    async with open_node_scene(database, fresh_database.app_dsn, settings) as opened:
        yield opened


@pytest.fixture
async def ada(scene: NodeScene) -> User:
    return await scene.register("ada")


@pytest.fixture
async def bob(scene: NodeScene, ada: User) -> User:
    return await scene.register("bob")


@pytest.fixture
async def room(scene: NodeScene, ada: User, bob: User) -> str:
    body = {"kind": "room", "name": "lobby", "members": [bob.id]}
    return str((await scene.call("POST", "/api/v2/conversations", body, user=ada)).json()["id"])


async def phoenix(scene: NodeScene, user: User, *, version: int = 2) -> Client:
    return Client(
        await scene.connect(f"/socket/websocket?vsn={version}.0.0", user), version=version
    )


async def post(scene: NodeScene, user: User, conversation: str, content: str) -> Any:
    path = f"/api/v2/conversations/{conversation}/messages"
    answer = await scene.call("POST", path, {"content": content}, user=user)
    assert answer.status == 201, answer.body
    return answer.json()


async def open_direct(scene: NodeScene, user: User, peer: User) -> str:
    body = {"kind": "direct", "members": [peer.id]}
    return str((await scene.call("POST", "/api/v2/conversations", body, user=user)).json()["id"])


@pytest.mark.parametrize("version", [1, 2])
async def test_two_talk_over_a_channel(
    scene: NodeScene, ada: User, bob: User, room: str, version: int
) -> None:
    first = await phoenix(scene, ada, version=version)
    second = await phoenix(scene, bob, version=3 - version)
    topic = f"conversation:{room}"
    for client in (first, second):
        response = await client.join(topic)
        assert (response["messages"], response["last_seq"]) == ([], 0)

    reply = await first.ask(topic, "new_message", {"content": "hello", "client_id": "one"})

    assert reply["status"] == "ok"
    assert reply["response"]["content"] == "hello"
    heard = await second.hear_event("new_message")
    assert (heard["content"], heard["seq"], heard["conversation_id"]) == ("hello", 1, room)
    again = await first.ask(topic, "new_message", {"content": "hello", "client_id": "one"})
    assert again["response"]["id"] == reply["response"]["id"]


async def test_a_version_that_nobody_speaks_is_refused(scene: NodeScene, ada: User) -> None:
    refused = await scene.admit("/socket/websocket?vsn=3.0.0", ada)

    assert isinstance(refused, Refused)
    assert refused.status == 422


async def test_frames_have_the_shape_of_their_serializer(
    scene: NodeScene, ada: User, room: str
) -> None:
    topic = f"conversation:{room}"
    old = await scene.connect("/socket/websocket", ada)  # without a version it is the first
    new = await scene.connect(SOCKET, ada)

    old.say({"topic": "phoenix", "event": "heartbeat", "payload": {}, "ref": "7"})
    new.say([None, "8", "phoenix", "heartbeat", {}])
    new.say(["3", "4", topic, "phx_join", {}])

    assert await old.hear_next() == {
        "topic": "phoenix",
        "event": "phx_reply",
        "payload": {"status": "ok", "response": {}},
        "ref": "7",
    }
    assert await new.hear_next() == [
        None, "8", "phoenix", "phx_reply", {"status": "ok", "response": {}},
    ]  # fmt: skip
    assert (await new.hear_next())[:4] == ["3", "4", topic, "phx_reply"]
    assert (await new.hear_next())[:4] == [None, None, topic, "presence_state"]


async def test_a_socket_hears_only_the_channels_that_it_joined(
    scene: NodeScene, ada: User, bob: User, room: str
) -> None:
    client = await phoenix(scene, bob)
    other = (
        await scene.call(
            "POST",
            "/api/v2/conversations",
            {"kind": "room", "name": "quiet", "members": [bob.id]},
            user=ada,
        )
    ).json()["id"]
    await client.join(f"conversation:{room}")

    await post(scene, ada, other, "nobody listens")
    await post(scene, ada, room, "heard")

    heard = await client.hear_event("new_message")
    assert heard["content"] == "heard"
    reply = await client.ask(f"conversation:{other}", "new_message", {"content": "x"})
    assert (reply["status"], reply["response"]["reason"]) == ("error", "not_found")


async def test_all_that_can_be_pushed_is_done_and_told(
    scene: NodeScene, ada: User, bob: User, room: str
) -> None:
    topic = f"conversation:{room}"
    first, second = await phoenix(scene, ada), await phoenix(scene, bob)
    await first.join(topic)
    await second.join(topic)
    message = (await first.ask(topic, "new_message", {"content": "one"}))["response"]
    of_it = {"message_id": message["id"]}

    steps: list[tuple[str, dict[str, object], str, dict[str, object]]] = [
        ("edit_message", {**of_it, "content": "two"}, "message_edited", {"content": "two"}),
        ("add_reaction", {**of_it, "emoji": "🚀"}, "reaction_added", {"emoji": "🚀", "count": 1}),
        ("remove_reaction", {**of_it, "emoji": "🚀"}, "reaction_removed", {"count": 0}),
        ("pin_message", {**of_it, "pinned": True}, "message_pinned", {"pinned": True}),
        ("typing_start", {}, "typing", {"user_id": ada.id, "typing": True}),
        ("typing_stop", {}, "typing", {"user_id": ada.id, "typing": False}),
        ("delete_message", of_it, "message_deleted", {"deleted": True}),
    ]
    for event, payload, told, expected in steps:
        reply = await first.ask(topic, event, payload)
        assert reply["status"] == "ok", (event, reply)
        heard = await second.hear_event(told)
        assert expected.items() <= heard.items(), (event, heard)
        assert heard["conversation_id"] == room

    read = await second.ask(topic, "mark_read", {"seq": 1})
    assert read["response"] == {"read_seq": 1, "unread": 0}
    assert (await first.hear_event("read"))["user_id"] == bob.id
    history = await second.ask(topic, "history", {"limit": 10})
    assert [item["deleted"] for item in history["response"]["items"]] == [True]


async def test_a_join_brings_the_last_messages(
    scene: NodeScene, ada: User, bob: User, room: str
) -> None:
    for number in range(60):
        await post(scene, ada, room, f"line {number}")
    client = await phoenix(scene, bob)

    response = await client.join(f"conversation:{room}")

    assert [item["seq"] for item in response["messages"]] == list(range(11, 61))
    assert (response["has_more"], response["last_seq"], response["reset"]) == (True, 60, False)


@pytest.mark.parametrize("missed", [0, 3, 120])
async def test_who_says_what_they_hold_gets_what_they_missed_once_and_in_order(
    scene: NodeScene, ada: User, bob: User, room: str, missed: int
) -> None:
    for number in range(5 + missed):
        await post(scene, ada, room, f"line {number}")
    client = await phoenix(scene, bob)

    response = await client.join(f"conversation:{room}", {"last_seq": 5})
    await post(scene, ada, room, "live")

    seqs = [item["seq"] for item in response["messages"]]
    while not seqs or seqs[-1] < 6 + missed:
        seqs.append((await client.hear_event("new_message"))["seq"])
    assert seqs == list(range(6, 7 + missed))


async def test_who_holds_what_never_was_begins_anew(
    scene: NodeScene, ada: User, bob: User, room: str
) -> None:
    await post(scene, ada, room, "one")
    client = await phoenix(scene, bob)

    response = await client.join(f"conversation:{room}", {"last_seq": 99})

    assert (response["reset"], len(response["messages"])) == (True, 1)


async def test_changes_that_were_missed_come_with_the_state_of_now(
    scene: NodeScene, ada: User, bob: User, room: str
) -> None:
    topic = f"conversation:{room}"
    message = await post(scene, ada, room, "one")
    client = await phoenix(scene, bob)
    held = await client.join(topic)
    await client.ask(topic, "phx_leave")
    path = f"/api/v2/messages/{message['id']}"
    await scene.call("PATCH", path, {"content": "two"}, user=ada)

    await client.join(topic, {"last_seq": held["last_seq"], "rev": held["rev"]})

    assert (await client.hear_event("message_edited"))["content"] == "two"


async def test_nothing_is_lost_between_the_answer_and_what_follows(
    scene: NodeScene, ada: User, bob: User, room: str
) -> None:
    client = await phoenix(scene, bob)
    topic = f"conversation:{room}"

    async def talk() -> None:
        for number in range(40):
            await post(scene, ada, room, f"line {number}")

    talking = asyncio.create_task(talk())
    await asyncio.sleep(0)
    response = await client.join(topic)

    seqs = [item["seq"] for item in response["messages"]]
    while not seqs or seqs[-1] < 40:
        seqs.append((await client.hear_event("new_message"))["seq"])
    await talking
    assert seqs == list(range(1, 41))


async def test_a_stranger_joins_nothing(scene: NodeScene, ada: User, bob: User) -> None:
    body = {"kind": "room", "name": "hideout", "visibility": "private"}
    private = (await scene.call("POST", "/api/v2/conversations", body, user=ada)).json()["id"]
    client = await phoenix(scene, bob)

    for topic, reason in (
        (f"conversation:{private}", "not_found"),
        ("conversation:room_999", "not_found"),
        ("conversation:nonsense", "not_found"),
        (f"user:{ada.id}", "forbidden"),
        ("room:lobby", "not_found"),
    ):
        reply = await client.ask(topic, "phx_join")
        assert (reply["status"], reply["response"]["reason"]) == ("error", reason), topic


async def test_who_is_put_out_has_their_channel_closed(
    scene: NodeScene, ada: User, bob: User, room: str
) -> None:
    topic = f"conversation:{room}"
    client = await phoenix(scene, bob)
    await client.join(topic)

    await scene.call("DELETE", f"/api/v2/conversations/{room}/members/{bob.id}", user=ada)

    await client.hear_event("phx_close")
    await post(scene, ada, room, "among us")
    reply = await client.ask(topic, "new_message", {"content": "still here"})
    assert reply["status"] == "error"
    assert all(frame[3] != "new_message" for frame in client.peer.heard)


async def test_what_waited_comes_in_order_and_once(scene: NodeScene, ada: User, bob: User) -> None:
    cid = await scene.register("cid")
    first, second = await open_direct(scene, ada, bob), await open_direct(scene, cid, bob)
    await post(scene, ada, first, "one")
    await post(scene, cid, second, "two")
    await post(scene, ada, first, "three")
    topic = f"user:{bob.id}"
    client = await phoenix(scene, bob)

    await client.join(topic)
    heard = [await client.hear_event("new_message") for _ in range(3)]

    assert [item["content"] for item in heard] == ["one", "two", "three"]
    await client.ask("phoenix", "heartbeat")  # What was said is written down by now.
    await post(scene, ada, first, "four")
    later = await phoenix(scene, bob)
    await later.join(topic)
    assert (await later.hear_event("new_message"))["content"] == "four"


async def test_what_was_read_elsewhere_waits_no_more(
    scene: NodeScene, ada: User, bob: User
) -> None:
    direct = await open_direct(scene, ada, bob)
    await post(scene, ada, direct, "one")
    modern = await scene.connect("/ws/v2", bob)
    await modern.hear("hello")
    modern.say({"type": "mark_read", "ref": 1, "data": {"conversation_id": direct, "seq": 1}})
    await modern.hear("ack")
    client = await phoenix(scene, bob)

    await client.join(f"user:{bob.id}")
    await post(scene, ada, direct, "two")
    await client.ask("phoenix", "heartbeat")

    assert all(frame[3] != "new_message" for frame in client.peer.heard)


async def test_who_is_there_is_told_by_channel(
    scene: NodeScene, ada: User, bob: User, room: str
) -> None:
    topic = f"conversation:{room}"
    client = await phoenix(scene, bob)
    await client.join(topic)
    state = await client.hear_event("presence_state")
    assert str(ada.id) not in state

    other = await scene.connect("/ws/v2", ada)
    await other.hear("hello")
    diff = await client.hear_diff(ada)
    assert diff["joins"][str(ada.id)]["metas"][0]["status"] == "online"
    assert diff["leaves"] == {}

    other.say({"type": "set_presence", "ref": 1, "data": {"status": "invisible"}})
    gone = await client.hear_diff(ada)

    assert gone["joins"] == {}
    (left,) = gone["leaves"][str(ada.id)]["metas"]
    (came,) = diff["joins"][str(ada.id)]["metas"]
    assert left["phx_ref"] == came["phx_ref"]


async def test_a_users_channel_tells_of_the_people_of_direct_chats(
    scene: NodeScene, ada: User, bob: User
) -> None:
    await open_direct(scene, ada, bob)
    client = await phoenix(scene, bob)
    await client.join(f"user:{bob.id}")
    assert await client.hear_event("presence_state") == {}

    other = await phoenix(scene, ada)
    await other.join(f"user:{ada.id}")
    direct = await scene.connect("/ws/v2", ada)
    await direct.hear("hello")

    diff = await client.hear_diff(ada)
    assert list(diff["joins"]) == [str(ada.id)]


@pytest.mark.parametrize(
    "garbage",
    [
        b"{",
        b"[]",
        b"[1,2,3,4]",
        b'["1","2",3,"phx_join",{}]',
        b'{"topic":"phoenix"}',
        b"[" * 3000,
        b'["1","2","conversation:room_1","phx_join",{"last_seq":-1}]',
        b'["1","2","conversation:room_1","phx_join",[]]',
        b'["1","2","phoenix","bogus",{}]',
    ],
)
async def test_garbage_is_answered_and_the_socket_stays(
    scene: NodeScene, ada: User, garbage: bytes
) -> None:
    client = await phoenix(scene, ada)

    client.peer.say(garbage)

    _, _, event, payload = await client.hear()
    assert (event, payload["status"]) == ("phx_reply", "error")
    assert (await client.ask("phoenix", "heartbeat"))["status"] == "ok"


async def test_a_wrong_push_is_refused_by_its_reply(scene: NodeScene, ada: User, room: str) -> None:
    topic = f"conversation:{room}"
    client = await phoenix(scene, ada)
    await client.join(topic)

    for event, payload, code in (
        ("new_message", {"content": ""}, "invalid"),
        ("new_message", {}, "invalid"),
        ("new_message", [], "invalid"),
        ("edit_message", {"message_id": 999, "content": "x"}, "not_found"),
        ("bogus", {}, "invalid"),
    ):
        reply = await client.ask(topic, event, payload)
        assert (reply["status"], reply["response"]["code"]) == ("error", code), event


async def test_what_one_was_told_waits_too_and_comes_once(
    scene: NodeScene, ada: User, bob: User, room: str
) -> None:
    await post(scene, ada, room, "@bob, look")
    await post(scene, ada, room, "@bob, again")
    async with asyncio.timeout(60):
        while (await notices(scene, bob))["unread"] < 2:
            await asyncio.sleep(0.02)
    topic = f"user:{bob.id}"
    client, later = await phoenix(scene, bob), await phoenix(scene, bob)

    await client.join(topic)
    waited = [await client.hear_event("notification") for _ in range(2)]
    await client.ask("phoenix", "heartbeat")
    await later.join(topic)
    await post(scene, ada, room, "@bob, once more")
    told = await later.hear_event("notification")

    assert [notice["text"] for notice in waited] == ["@bob, look", "@bob, again"]
    assert (told["kind"], told["text"]) == ("mention", "@bob, once more")


async def notices(scene: NodeScene, user: User) -> Any:
    return (await scene.call("GET", "/api/v2/notifications", user=user)).json()
