"""Conversations over sockets, on a whole node: what each side hears of coming and going."""

from __future__ import annotations

from typing import Any

from tests.fakes.peer import FakePeer
from tests.integration.conversations.test_http import BASE, CONVERSATION, USER, create
from tests.scenes.node import NodeScene, User


async def on_socket(node: NodeScene, user: User) -> FakePeer:
    peer = await node.connect("/ws/v2", user)
    await peer.hear("hello")
    return peer


async def ask(peer: FakePeer, command: str, data: object) -> Any:
    """Send a command and wait for its one answer."""
    peer.say({"type": command, "ref": "r", "data": data})
    return (await peer.hear("ack"))["data"]


async def refused(peer: FakePeer, command: str, data: object) -> str:
    """Send a command that is refused; gives the code."""
    peer.say({"type": command, "ref": "r", "data": data})
    code: str = (await peer.hear("error"))["data"]["code"]
    return code


async def test_joining_by_name_answers_with_the_conversation(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general")
    here, there = await on_socket(node, ann), await on_socket(node, ben)

    joined = await ask(there, "join", {"name": "GENERAL"})

    assert joined.keys() == CONVERSATION
    assert (joined["id"], joined["member_count"], joined["unread"]) == (room, 2, 0)
    heard = (await here.hear("member_joined"))["data"]
    assert heard["conversation_id"] == room
    assert heard["user"].keys() == USER
    assert (heard["user"]["username"], heard["rev"]) == ("ben", 1)


async def test_all_of_a_users_sockets_hear_of_a_new_conversation_and_its_messages(
    node: NodeScene,
) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    phone, laptop = await on_socket(node, ben), await on_socket(node, ben)

    room = await create(node, ann, "team", visibility="private", members=[ben.id])
    await node.call("POST", f"{BASE}/{room}/messages", {"content": "hello"}, user=ann)

    for peer in (phone, laptop):
        created = (await peer.hear("conversation_created"))["data"]
        assert (created["id"], created.keys()) == (room, CONVERSATION)
        assert (await peer.hear("message"))["data"]["content"] == "hello"


async def test_each_side_of_a_new_direct_chat_hears_of_the_other(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    here, there = await on_socket(node, ann), await on_socket(node, ben)

    await node.call("POST", BASE, {"kind": "direct", "members": [ben.id]}, user=ann)

    assert (await here.hear("conversation_created"))["data"]["peer"]["username"] == "ben"
    assert (await there.hear("conversation_created"))["data"]["peer"]["username"] == "ann"


async def test_who_is_put_out_hears_it_and_nothing_after(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", members=[ben.id])
    here, there = await on_socket(node, ann), await on_socket(node, ben)

    await node.call("DELETE", f"{BASE}/{room}/members/{ben.id}", user=ann)
    assert (await there.hear("member_left"))["data"]["user"]["id"] == ben.id
    assert (await here.hear("member_left"))["data"]["rev"] == 1
    await ask(here, "send_message", {"conversation_id": room, "content": "gone"})
    refusal = await refused(there, "send_message", {"conversation_id": room, "content": "me"})

    assert refusal in {"forbidden", "not_found"}
    assert [frame for frame in there.heard if frame["type"] == "message"] == []


async def test_a_changed_room_is_told_without_what_differs_by_viewer(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", members=[ben.id])
    there = await on_socket(node, ben)

    await node.call("PATCH", f"{BASE}/{room}", {"topic": "New"}, user=ann)

    told = (await there.hear("conversation_updated"))["data"]
    assert (told["id"], told["topic"], told["rev"]) == (room, "New", 1)
    assert not told.keys() & {"read_seq", "unread", "peer"}


async def test_one_device_hears_what_the_other_has_read(node: NodeScene) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")
    phone, laptop = await on_socket(node, ann), await on_socket(node, ann)
    ben = await node.register("ben")
    await node.call("POST", f"{BASE}/{room}/join", user=ben)
    for text in ("one", "two"):
        await node.call("POST", f"{BASE}/{room}/messages", {"content": text}, user=ben)

    position = await ask(phone, "mark_read", {"conversation_id": room, "seq": 1})

    assert position == {"read_seq": 1, "unread": 1}
    read = (await laptop.hear("read"))["data"]
    assert read == {"conversation_id": room, "user_id": ann.id, "seq": 1}


async def test_leaving_and_joining_again_is_as_harmless_as_promised(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general")
    peer = await on_socket(node, ben)

    for command in ("leave", "join", "join", "leave", "leave"):
        answer = await ask(peer, command, {"conversation_id": room})

    assert (answer["id"], answer["member_count"], answer["rev"]) == (room, 1, 2)


async def test_a_client_id_makes_a_join_happen_once(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general")
    peer = await on_socket(node, ben)
    await ask(peer, "join", {"conversation_id": room, "client_id": "c"})
    await ask(peer, "leave", {"conversation_id": room})

    again = await ask(peer, "join", {"conversation_id": room, "client_id": "c"})

    assert again["member_count"] == 1
    other = {"conversation_id": room, "client_id": "c"}
    assert await refused(peer, "leave", other) == "conflict"


WRONG_COMMANDS: list[tuple[str, dict[str, Any], str]] = [
    ("join", {}, "invalid"),
    ("join", {"name": "general", "conversation_id": "room_1"}, "invalid"),
    ("join", {"name": "nowhere"}, "not_found"),
    ("join", {"name": 7}, "invalid"),
    ("join", {"conversation_id": "general"}, "not_found"),
    ("join", {"name": "general", "client_id": ""}, "invalid"),
    ("join", {"name": "general", "client_id": "é"}, "invalid"),
    ("join", {"name": "general", "client_id": "x" * 129}, "invalid"),
    ("join", {"name": "general", "client_id": "x\n"}, "invalid"),
    ("leave", {}, "invalid"),
    ("mark_read", {"conversation_id": "room_1"}, "invalid"),
    ("mark_read", {"conversation_id": "room_1", "seq": 0}, "invalid"),
    ("mark_read", {"conversation_id": "room_1", "seq": "1"}, "invalid"),
    ("mark_read", {"conversation_id": "room_1", "seq": 1.5}, "invalid"),
    ("mark_read", {"conversation_id": "room_99", "seq": 1}, "not_found"),
]


async def test_a_wrong_command_has_its_code_and_the_socket_stays(node: NodeScene) -> None:
    ann = await node.register("ann")
    await create(node, ann, "general")
    peer = await on_socket(node, ann)

    for command, data, code in WRONG_COMMANDS:
        assert await refused(peer, command, data) == code, (command, data)
    assert (await ask(peer, "join", {"name": "general"}))["member_count"] == 1
