"""What a role may do, changed under open sockets."""

from __future__ import annotations

from typing import Any

from tests.fakes.peer import FakePeer
from tests.scenes.node import NodeScene, User


async def _send(peer: FakePeer, room: str, ref: int) -> Any:
    data = {"conversation_id": room, "content": "hello"}
    peer.say({"type": "send_message", "ref": ref, "data": data})
    while True:
        answer = await peer.hear_next()
        if answer.get("ref") == ref:
            return answer


async def _role(scene: NodeScene, admin: User, user: User, role: str) -> None:
    answer = await scene.call("PUT", f"/auth/users/{user.id}/role", {"role": role}, user=admin)
    assert answer.status == 200, answer.body


async def test_an_open_socket_has_the_permissions_of_now(scene: NodeScene) -> None:
    admin, bob = await scene.register("ada"), await scene.register("bob")
    room = (
        await scene.call("POST", "/api/v2/conversations", {"kind": "room", "name": "lab"}, user=bob)
    ).json()["id"]
    peer = await scene.connect("/ws/v2", bob)
    mute: dict[str, list[str]] = {"permissions": []}
    assert (await _send(peer, room, 1))["type"] == "ack"

    await scene.call("PUT", "/auth/roles/silent", mute, user=admin)
    await _role(scene, admin, bob, "silent")
    by_role = await _send(peer, room, 2)
    await _role(scene, admin, bob, "user")
    again = await _send(peer, room, 3)
    await scene.call("PUT", "/auth/roles/user", mute, user=admin)
    by_permission = await _send(peer, room, 4)

    assert [by_role["data"]["code"], by_permission["data"]["code"]] == ["forbidden"] * 2
    assert again["type"] == "ack"
