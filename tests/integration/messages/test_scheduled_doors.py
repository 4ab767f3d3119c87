"""Messages to be sent later over HTTP, on a whole node, and what the sender's devices are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from causerie.foundation.clock import rfc3339
from causerie.foundation.postgres import Database
from tests.integration.messages.test_socket import create, on_socket
from tests.scenes.node import Answer, NodeScene, User

PATH = "/api/v2/scheduled-messages"
FIELDS = {
    "id", "conversation_id", "content", "message_type", "parent_message_id", "send_at", "status",
    "message_id", "refusal", "created_at", "file_ids",
}  # fmt: skip


def later(**ahead: float) -> str:
    return rfc3339(datetime.now(UTC) + timedelta(**ahead))


async def post(node: NodeScene, who: User, room: str, content_: str, **fields: Any) -> Answer:
    body = {"conversation_id": room, "content": content_, "send_at": later(hours=1)} | fields
    return await node.call("POST", PATH, body, user=who)


async def test_it_is_made_shown_changed_and_cancelled_and_devices_are_in_step(
    node: NodeScene,
) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", ben)
    device, others = await on_socket(node, ann), await on_socket(node, ben)
    body = {"send_at": later(hours=1), "client_id": "k"}

    made = await post(node, ann, room, "hello", **body)
    again = await post(node, ann, room, "hello", **body)
    path = f"{PATH}/{made.json()['id']}"
    moved = await node.call("PATCH", path, {"content": "later"}, user=ann)
    listed = await node.call("GET", f"{PATH}?conversation_id={room}", user=ann)
    gone = [await node.call("DELETE", path, user=ann) for _ in range(2)]
    late = await node.call("PATCH", path, {"content": "later still"}, user=ann)

    assert [a.status for a in (made, again, moved, listed, *gone, late)] == [
        201, 200, 200, 200, 204, 204, 409,
    ]  # fmt: skip
    assert made.json() == again.json()
    assert made.json().keys() == FIELDS
    assert (made.json()["status"], made.json()["send_at"]) == ("waiting", body["send_at"])
    assert listed.json() == {"items": [moved.json()]}
    told = [(await device.hear("scheduled_message"))["data"] for _ in range(3)]
    assert told[:2] == [made.json(), moved.json()]
    assert (told[2]["status"], told[2]["content"]) == ("cancelled", "")
    others.say({"type": "ping", "ref": "end"})
    await others.hear("ack")
    assert "scheduled_message" not in {frame["type"] for frame in others.heard}


async def test_what_is_due_goes_by_itself_and_everybody_hears_it(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", ben)
    device, others = await on_socket(node, ann), await on_socket(node, ben)

    # A machine that stood still comes too late with it.
    while (
        answer := await post(node, ann, room, "surprise", send_at=later(seconds=0.3))
    ).status == 422:
        pass
    made = answer.json()

    heard = (await others.hear("message"))["data"]
    assert (heard["content"], heard["client_id"]) == ("surprise", None)
    assert heard["sender"]["id"] == ann.id
    assert heard["created_at"] >= made["send_at"]
    await device.hear("scheduled_message")
    sent = (await device.hear("scheduled_message"))["data"]
    assert (sent["status"], sent["message_id"]) == ("sent", heard["id"])


async def test_the_filter_is_asked_now_and_then(node: NodeScene, database: Database) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")
    device = await on_socket(node, ann)
    bad = "you there, kill yourself"

    now = await post(node, ann, room, bad)
    made = (await post(node, ann, room, "fine")).json()
    await device.hear("scheduled_message")
    async with database.connection() as connection:  # as if the rules had become stricter
        await connection.execute(
            "UPDATE messages.outgoing SET content = $1, due_at = now() WHERE id = $2",
            bad,
            made["id"],
        )

    refused = (await device.hear("scheduled_message"))["data"]
    assert (now.status, now.json()["code"]) == (422, "refused")
    assert (refused["status"], refused["refusal"]["code"]) == ("refused", "refused")
    assert refused["content"] == bad


async def test_wrong_requests_have_their_problems(node: NodeScene) -> None:
    ann, eve = await node.register("ann"), await node.register("eve")
    room = await create(node, ann, "general")
    made = (await post(node, ann, room, "hello", client_id="k")).json()
    path = f"{PATH}/{made['id']}"

    for fields, status in (
        ({"send_at": later(hours=-1)}, 422),
        ({"send_at": later(days=400)}, 422),
        ({"send_at": "tomorrow"}, 422),
        ({"send_at": "2027-01-01T00:00:00"}, 422),  # on whose clock?
        ({"send_at": 1}, 422),
        ({"message_type": "system"}, 422),
        ({"content": " "}, 422),
        ({"content": "x" * 4001}, 413),
        ({"conversation_id": "room_99"}, 404),
        ({"colour": "red"}, 422),
        ({"client_id": "k", "content": "other"}, 409),
    ):
        answer = await post(node, ann, room, "hello", **fields)
        assert answer.status == status, (fields, answer.body)
    for method, body in (("GET", None), ("PATCH", {"content": "x"}), ("DELETE", None)):
        answer = await node.call(method, path, body, user=eve)
        assert (answer.status, answer.json()["resource"]) == (404, "scheduled_message"), method
    assert (await node.call("PATCH", path, {}, user=ann)).json() == made
    assert (await node.call("GET", f"{PATH}?conversation_id=nowhere", user=ann)).status == 404
