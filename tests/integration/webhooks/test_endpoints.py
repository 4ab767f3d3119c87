"""Events go to those who want them, signed, once, whatever happens in between."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from causerie.foundation.clock import SystemClock
from causerie.foundation.jobs import JobQueue
from causerie.foundation.postgres import Database
from causerie.webhooks.model import signatures
from causerie.webhooks.service import Gatherer
from causerie.webhooks.store import StoredDeliveries
from tests.fakes.receiver import Received, answer
from tests.integration.webhooks.conftest import HookScene


def body_of(request: Received) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(request.body)
    return decoded


def is_signed(request: Received, *secrets: str) -> bool:
    headers = request.headers
    return headers["webhook-signature"] == signatures(
        secrets, headers["webhook-id"], int(headers["webhook-timestamp"]), request.body
    )


async def settled(scene: HookScene, endpoint: dict[str, Any], **wanted: object) -> dict[str, Any]:
    """Wait until the newest delivery is as wanted."""
    async with asyncio.timeout(60):
        while True:
            deliveries = await scene.deliveries(endpoint)
            if deliveries and all(deliveries[0][name] == v for name, v in wanted.items()):
                return deliveries[0]
            await asyncio.sleep(0.02)


async def test_a_message_is_told_as_it_looks_on_sockets_and_signed(scene: HookScene) -> None:
    endpoint = await scene.listen()
    said = await scene.say("hello")
    (request,) = await scene.receiver.wait_for(1)

    told = body_of(request)
    assert (told["type"], told["conversation_id"], told["seq"]) == (
        "message.created", scene.room, said["seq"],
    )  # fmt: skip
    assert told["data"]["id"] == said["id"]
    assert told["data"]["content"] == "hello"
    assert is_signed(request, endpoint["secret"])
    delivery = await settled(scene, endpoint, status="delivered")
    assert request.headers["webhook-id"] == delivery["webhook_id"]
    assert (delivery["last_status"], delivery["attempts"]) == (204, 1)


async def test_an_endpoint_hears_of_the_kinds_that_it_wants_and_of_its_room(
    scene: HookScene,
) -> None:
    other = await scene.ask("POST", "/conversations", {"kind": "room", "name": "elsewhere"})
    await scene.listen(kinds=["message.edited", "message.deleted", "conversation.updated"])
    await scene.say("not for you", room=other["id"])
    said = await scene.say("first")
    await scene.ask("PATCH", f"/messages/{said['id']}", {"content": "second"})
    await scene.receiver.wait_for(1)
    await scene.ask("DELETE", f"/messages/{said['id']}")
    await scene.receiver.wait_for(2)
    await scene.ask("PATCH", f"/conversations/{scene.room}", {"topic": "news"})
    requests = await scene.receiver.wait_for(3)

    told = [body_of(request) for request in requests]
    assert [t["type"] for t in told] == [
        "message.edited", "message.deleted", "conversation.updated",
    ]  # fmt: skip
    assert [t["rev"] for t in told] == [1, 2, 3]
    assert told[0]["data"]["content"] == "second"
    assert told[1]["data"]["deleted"]


async def test_who_manages_webhooks_hears_of_all_rooms_and_of_no_direct_chat(
    scene: HookScene,
) -> None:
    await scene.say("before")
    await scene.listen(user=scene.admin, conversation_id=None)
    direct = await scene.ask(
        "POST", "/conversations", {"kind": "direct", "members": [scene.admin.id]}
    )
    await scene.say("between us", room=direct["id"])
    later = await scene.ask("POST", "/conversations", {"kind": "room", "name": "later"})
    await scene.say("in a new room", room=later["id"])
    await scene.receiver.wait_for(1)
    await scene.say("in an old room")
    requests = await scene.receiver.wait_for(2)

    assert {body_of(r)["data"]["content"] for r in requests} == {"in a new room", "in an old room"}


async def test_what_was_committed_while_nobody_gathered_is_told_once(
    scene: HookScene, database: Database
) -> None:
    # As after a crash: the commits' news went down with the process.
    await scene.listen()
    gatherer = scene.node.node.webhooks.gatherer
    gatherer._wanted = frozenset()
    for n in range(30):
        await scene.say(f"{n}")
    jobs = JobQueue(database, SystemClock())
    twins = [
        Gatherer(
            gatherer._endpoints, StoredDeliveries(database, jobs), gatherer._feed, SystemClock()
        )
        for _ in range(3)
    ]
    await asyncio.gather(*(twin.sweep() for twin in twins))
    await asyncio.gather(*(twin.sweep() for twin in twins))
    requests = await scene.receiver.wait_for(30)

    assert sorted(body_of(r)["seq"] for r in requests) == list(range(1, 31))
    assert len({r.headers["webhook-id"] for r in requests}) == 30


async def test_a_failure_is_tried_again_under_the_same_id(scene: HookScene) -> None:
    endpoint = await scene.listen()
    scene.receiver.answers = [answer(503, "Retry-After: 0")]
    await scene.say("hello")
    await settled(scene, endpoint, attempts=1, status="waiting")
    await hurry(scene)
    first, second = await scene.receiver.wait_for(2)

    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    delivery = await settled(scene, endpoint, status="delivered")
    assert delivery["attempts"] == 2


@pytest.mark.parametrize(
    "said",
    [
        answer(302, "Location: http://127.0.0.1:1/"),
        answer(500, body=b"x" * 100_000),
        b"garbage\r\n\r\n",
        b"",
    ],
    ids=["redirect", "much", "garbage", "nothing"],
)
async def test_what_is_no_success_is_kept_and_no_redirect_followed(
    scene: HookScene, said: bytes
) -> None:
    endpoint = await scene.listen()
    scene.receiver.answers = [said]
    await scene.say("hello")

    delivery = await settled(scene, endpoint, attempts=1)
    assert delivery["status"] == "waiting"
    assert len(scene.receiver.received) == 1
    assert len(delivery["last_error"]) <= 1024


async def test_a_permanent_refusal_is_given_up_and_can_be_replayed(scene: HookScene) -> None:
    endpoint = await scene.listen()
    scene.receiver.answers = [answer(422), answer(404)]
    await scene.say("one")
    await scene.receiver.wait_for(1)
    await scene.say("two")
    await settled(scene, endpoint, status="dead", seq=2)
    one = (await scene.deliveries(endpoint))[1]
    base = f"/webhook-endpoints/{endpoint['id']}"
    again = await scene.ask("POST", f"{base}/deliveries/{one['id']}/replay")
    await scene.receiver.wait_for(3)
    rest = await scene.ask("POST", f"{base}/replay", {"since": one["created_at"]})
    requests = await scene.receiver.wait_for(4)

    assert again["status"] == "waiting"
    assert rest == {"replayed": 1}
    assert [body_of(r)["seq"] for r in requests] == [1, 2, 1, 2]
    await settled(scene, endpoint, status="delivered")


async def test_one_that_answers_410_is_switched_off_and_says_so(scene: HookScene) -> None:
    endpoint = await scene.listen()
    scene.receiver.answers = [answer(410)]
    await scene.say("hello")
    await settled(scene, endpoint, status="dead")
    now = await scene.ask("GET", f"/webhook-endpoints/{endpoint['id']}")
    await scene.say("nobody hears")

    assert not now["enabled"]
    assert "410" in now["disabled_reason"]
    assert len(scene.receiver.received) == 1


async def test_one_that_fails_for_days_is_switched_off_and_on_again_hears_what_is_new(
    scene: HookScene, database: Database
) -> None:
    endpoint = await scene.listen()
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE webhooks.endpoints SET failing_since = now() - interval '6 days'"
        )
    scene.receiver.answers = [answer(500)]
    await scene.say("one")
    await scene.receiver.wait_for(1)
    path = f"/webhook-endpoints/{endpoint['id']}"
    async with asyncio.timeout(60):
        while (await scene.ask("GET", path))["enabled"]:
            await asyncio.sleep(0.02)
    await scene.say("missed")
    await scene.ask("PATCH", path, {"enabled": True})
    await scene.say("heard")
    requests = await scene.receiver.wait_for(2)

    assert body_of(requests[-1])["data"]["content"] == "heard"


async def test_after_a_rotation_both_secrets_sign(scene: HookScene) -> None:
    endpoint = await scene.listen()
    newer = await scene.ask("POST", f"/webhook-endpoints/{endpoint['id']}/secret")
    await scene.ask("POST", f"/webhook-endpoints/{endpoint['id']}/ping")
    (request,) = await scene.receiver.wait_for(1)

    assert newer["secret"] != endpoint["secret"]
    assert body_of(request)["type"] == "ping"
    assert is_signed(request, newer["secret"], endpoint["secret"])


async def test_the_same_creation_twice_is_one_endpoint(scene: HookScene) -> None:
    headers = {"idempotency-key": "once"}
    body = {"url": scene.receiver.url, "conversation_id": scene.room}
    first = await scene.ask("POST", "/webhook-endpoints", body, headers=headers)
    again = await scene.ask("POST", "/webhook-endpoints", body, headers=headers)
    other = await scene.node.call(
        "POST",
        "/api/v2/webhook-endpoints",
        {**body, "description": "x"},
        user=scene.ann,
        headers=headers,
    )

    assert again == first
    assert other.status == 409


async def test_private_addresses_are_refused_where_they_are_named(scene: HookScene) -> None:
    for url in ("http://10.0.0.1/", "https://192.168.0.1/", "https://[::1]/", "ftp://x/"):
        body = {"url": url, "conversation_id": scene.room}
        refused = await scene.node.call("POST", "/api/v2/webhook-endpoints", body, user=scene.ann)
        assert (refused.status, refused.json()["errors"][0]["field"]) == (422, "url"), url


async def test_members_and_strangers_manage_nothing(scene: HookScene) -> None:
    endpoint = await scene.listen()
    eve = await scene.node.register("eve")
    await scene.ask("POST", f"/conversations/{scene.room}/join", user=eve)
    path = f"/api/v2/webhook-endpoints/{endpoint['id']}"
    body = {"url": scene.receiver.url, "conversation_id": scene.room}

    assert (await scene.node.call("GET", path, user=eve)).status == 404
    assert (await scene.node.call("DELETE", path, user=eve)).status == 404
    made = await scene.node.call("POST", "/api/v2/webhook-endpoints", body, user=eve)
    assert made.status == 403
    every = await scene.node.call("GET", "/api/v2/webhook-endpoints", user=scene.ann)
    assert every.status == 403


async def hurry(scene: HookScene) -> None:
    """Let the time of all retries come."""
    async with scene.node.node.messages.store._database.connection() as connection:
        await connection.execute("UPDATE jobs.waiting SET due_at = now() WHERE NOT is_taken")
    scene.node.node.jobs.wake()
