"""Older clients talk with each other, and with newer ones, in the same conversations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.peer import FakePeer
from tests.scenes.node import NodeScene, User

pytestmark = pytest.mark.long

V1, V2, EITHER = "/ws/v1", "/ws/v2", "/"


async def join(peer: FakePeer, room: str) -> None:
    peer.say({"type": "join_room", "room": room})
    await peer.hear("joined")


def said(frame: Any) -> tuple[str, str]:
    return frame["data"]["username"], frame["data"]["content"]


@pytest.fixture
async def ada(scene: NodeScene) -> User:
    return await scene.register("ada")


@pytest.fixture
async def bob(scene: NodeScene, ada: User) -> User:
    return await scene.register("bob")


async def test_a_room_is_made_by_the_first_who_joins_and_heard_by_all(
    scene: NodeScene, ada: User, bob: User
) -> None:
    first, second = await scene.connect(V1, ada), await scene.connect(V1, bob)
    first.say({"type": "join_room", "room": "Lobby"})
    assert await first.hear("joined") == {"type": "joined", "data": {"room": "Lobby"}}
    await join(second, "lobby")

    second.say({"type": "room_message", "room": "LOBBY", "content": "hello"})

    for peer in (first, second):
        data = (await peer.hear("message"))["data"]
        assert data.pop("id") > 0
        assert data.pop("timestamp").endswith("Z")
        assert data == {"fromUser": bob.id, "username": "bob", "content": "hello", "room": "Lobby"}


async def test_two_who_make_a_room_at_once_are_both_in_it(
    scene: NodeScene, ada: User, bob: User
) -> None:
    first, second = await scene.connect(V1, ada), await scene.connect(V1, bob)

    first.say({"type": "join_room", "room": "new"})
    second.say({"type": "join_room", "room": "new"})
    await first.hear("joined")
    await second.hear("joined")
    first.say({"type": "room_message", "room": "new", "content": "both?"})

    assert said(await second.hear("message")) == ("ada", "both?")


async def test_a_room_is_heard_again_after_a_reconnect(scene: NodeScene, ada: User) -> None:
    await join(await scene.connect(V1, ada), "lobby")
    again = await scene.connect(V1, ada)

    again.say({"type": "room_message", "room": "lobby", "content": "back"})

    assert said(await again.hear("message")) == ("ada", "back")


async def test_a_direct_message_reaches_both_sides(scene: NodeScene, ada: User, bob: User) -> None:
    mine, theirs = await scene.connect(V1, ada), await scene.connect(V1, bob)

    mine.say({"type": "direct_message", "to_user_id": bob.id, "content": "psst"})
    heard = [await peer.hear("dm") for peer in (mine, theirs)]
    theirs.say({"type": "direct_message", "to_user_id": ada.id, "content": "yes?"})
    answer = await mine.hear("dm")

    assert heard[0] == heard[1]
    assert (heard[0]["data"]["fromUser"], heard[0]["data"]["toUser"]) == (ada.id, bob.id)
    assert (answer["data"]["fromUser"], answer["data"]["toUser"]) == (bob.id, ada.id)


async def test_history_has_the_lines_that_were_heard(
    scene: NodeScene, ada: User, bob: User
) -> None:
    peer = await scene.connect(V1, ada)
    await join(peer, "lobby")
    heard = []
    for text in ("one", "two", "three"):
        peer.say({"type": "room_message", "room": "lobby", "content": text})
        heard.append((await peer.hear("message"))["data"])
    peer.say({"type": "direct_message", "to_user_id": bob.id, "content": "psst"})
    dm = (await peer.hear("dm"))["data"]

    peer.say({"type": "room_history", "room": "lobby", "limit": 2})
    room_history = await peer.hear("history")
    peer.say({"type": "dm_history", "with": bob.id})
    dm_history = await peer.hear("history")

    assert room_history["data"] == {"room": "lobby", "messages": heard[1:]}
    assert dm_history["data"] == {"with": bob.id, "messages": [dm]}


async def test_history_leaves_out_what_was_deleted(scene: NodeScene, ada: User) -> None:
    peer = await scene.connect(V1, ada)
    await join(peer, "lobby")
    peer.say({"type": "room_message", "room": "lobby", "content": "oops"})
    message = (await peer.hear("message"))["data"]
    await scene.call("DELETE", f"/api/v2/messages/{message['id']}", user=ada)

    peer.say({"type": "room_history", "room": "lobby"})

    assert (await peer.hear("history"))["data"]["messages"] == []


REFUSED: tuple[tuple[object, str], ...] = (
    (b"nonsense", "invalid"),
    ({"type": "shout"}, "invalid"),
    ({"type": "join_room"}, "invalid"),
    ({"type": "join_room", "room": "no spaces"}, "invalid"),
    ({"type": "room_message", "room": "nowhere", "content": "x"}, "not_found"),
    ({"type": "room_message", "room": "lobby", "content": " "}, "invalid"),
    ({"type": "room_message", "room": "lobby", "content": "x" * 4001}, "too_large"),
    ({"type": "direct_message", "to_user_id": 999, "content": "x"}, "not_found"),
    ({"type": "room_history", "room": "nowhere"}, "not_found"),
    ({"type": "dm_history", "with": 999}, "not_found"),
)


async def test_what_cannot_be_done_is_an_error_and_the_socket_stays(
    scene: NodeScene, ada: User
) -> None:
    peer = await scene.connect(V1, ada)
    await join(peer, "lobby")

    for frame, code in REFUSED:
        peer.say(frame)
        error = (await peer.hear("error"))["data"]
        assert (error["code"], frame) == (code, frame)
        assert error["message"]
    peer.say({"type": "room_message", "room": "lobby", "content": "still here"})

    assert said(await peer.hear("message")) == ("ada", "still here")


async def test_a_stranger_cannot_speak_in_a_room_of_others(
    scene: NodeScene, ada: User, bob: User
) -> None:
    member, stranger = await scene.connect(V1, ada), await scene.connect(V1, bob)
    await join(member, "lobby")

    stranger.say({"type": "room_message", "room": "lobby", "content": "hi"})

    assert (await stranger.hear("error"))["data"]["code"] == "forbidden"


async def test_a_private_room_is_neither_joined_nor_made_again(
    scene: NodeScene, ada: User, bob: User
) -> None:
    body = {"kind": "room", "name": "secret", "visibility": "private"}
    await scene.call("POST", "/api/v2/conversations", body, user=ada)
    peer = await scene.connect(V1, bob)

    peer.say({"type": "join_room", "room": "secret"})

    assert (await peer.hear("error"))["data"]["code"] == "not_found"


async def test_a_binary_frame_is_refused(scene: NodeScene, ada: User) -> None:
    peer = await scene.connect(V1, ada)
    await join(peer, "lobby")

    peer.say_binary(b"\x80")

    assert (await peer.hear("error"))["data"]["code"] == "invalid"


async def test_a_frame_over_the_bound_of_v1_closes_with_1009(scene: NodeScene, ada: User) -> None:
    peer = await scene.connect(EITHER, ada)

    peer.say({"type": "room_message", "room": "lobby", "content": "x" * 9000})

    assert await peer.wait_closed() == 1009


async def test_old_and_new_clients_share_a_room(scene: NodeScene, ada: User, bob: User) -> None:
    old, new = await scene.connect(V1, ada), await scene.connect(V2, bob)
    await new.hear("hello")
    await join(old, "lobby")
    new.say({"type": "join", "ref": 1, "data": {"name": "lobby"}})
    room = (await new.hear("ack"))["data"]["id"]

    old.say({"type": "room_message", "room": "lobby", "content": "from old"})
    heard_new = await new.hear("message")
    new.say({"type": "send_message", "data": {"conversation_id": room, "content": "from new"}})
    await old.hear("message")

    assert heard_new["data"]["content"] == "from old"
    assert said(await old.hear("message")) == ("bob", "from new")


async def test_a_room_that_is_renamed_has_its_new_name(scene: NodeScene, ada: User) -> None:
    peer = await scene.connect(V1, ada)
    await join(peer, "lobby")
    mine = (await scene.call("GET", "/api/v2/conversations", user=ada)).json()["items"]
    await scene.call("PATCH", f"/api/v2/conversations/{mine[0]['id']}", {"name": "hall"}, user=ada)

    peer.say({"type": "room_message", "room": "hall", "content": "hi"})

    assert (await peer.hear("message"))["data"]["room"] == "hall"


async def test_nothing_is_said_on_the_root_before_the_first_frame(
    scene: NodeScene, ada: User, bob: User
) -> None:
    watcher, silent = await scene.connect(V1, ada), await scene.connect(EITHER, ada)
    other = await scene.connect(V1, bob)

    # Joined and spoken in while the silent one has not chosen yet.
    await join(watcher, "lobby")
    other.say({"type": "direct_message", "to_user_id": ada.id, "content": "psst"})
    await watcher.hear("dm")

    assert silent.heard == []


async def test_an_old_first_frame_on_the_root_makes_it_v1(
    scene: NodeScene, ada: User, bob: User
) -> None:
    watcher, peer = await scene.connect(V1, ada), await scene.connect(EITHER, ada)
    await join(watcher, "lobby")

    peer.say({"type": "room_message", "room": "lobby", "content": "first"})
    heard = await peer.hear("message")
    watcher.say({"type": "room_message", "room": "lobby", "content": "second"})

    assert said(heard) == ("ada", "first")
    assert said(await peer.hear("message")) == ("ada", "second")


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ({"type": "join", "ref": 1, "data": {"name": "nowhere"}}, "not_found"),
        ({"type": "nonsense"}, "invalid"),
        (b"nonsense", "invalid"),
    ],
)
async def test_any_other_first_frame_on_the_root_is_answered_by_hello_first(
    scene: NodeScene, ada: User, first: object, code: str
) -> None:
    peer = await scene.connect(EITHER, ada)

    peer.say(first)
    error = await peer.hear("error")

    assert error["data"]["code"] == code
    assert [frame["type"] for frame in peer.heard] == ["hello", "error"]


async def test_a_conversation_opened_before_the_first_frame_is_followed_after_it(
    scene: NodeScene, ada: User, bob: User
) -> None:
    peer, other = await scene.connect(EITHER, ada), await scene.connect(V1, bob)
    other.say({"type": "direct_message", "to_user_id": ada.id, "content": "early"})
    await other.hear("dm")

    peer.say({"type": "subscribe", "ref": 1, "data": {}})
    hello = await peer.hear("hello")
    other.say({"type": "direct_message", "to_user_id": ada.id, "content": "late"})

    assert [c["kind"] for c in hello["data"]["conversations"]] == ["direct"]
    assert (await peer.hear("message"))["data"]["content"] == "late"
