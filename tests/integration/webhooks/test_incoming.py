"""Who knows a secret address may speak in a room, as its bot."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.integration.webhooks.conftest import HookScene
from tests.scenes.node import Answer


async def make(scene: HookScene, name: str = "ci-bot") -> dict[str, Any]:
    body = {"conversation_id": scene.room, "name": name}
    made: dict[str, Any] = await scene.ask("POST", "/incoming-webhooks", body)
    return made


async def post(scene: HookScene, path: str, body: object, key: str | None = None) -> Answer:
    headers = {} if key is None else {"idempotency-key": key}
    return await scene.node.call("POST", path, body, headers=headers)


async def history(scene: HookScene) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await scene.ask("GET", f"/conversations/{scene.room}/messages"))[
        "items"
    ]
    return items


async def test_what_is_posted_is_said_by_the_bot(scene: HookScene) -> None:
    hook = await make(scene)
    posted = await post(scene, hook["path"], {"content": "**build** passed"})
    also = await post(scene, hook["path"], {"text": "as others call it", "username": "ignored"})

    assert posted.status == also.status == 201
    first, second = await history(scene)
    assert posted.json() == {
        "message_id": first["id"], "conversation_id": scene.room, "seq": first["seq"],
    }  # fmt: skip
    assert (first["sender"]["username"], first["content"]) == ("ci-bot", "**build** passed")
    assert second["content"] == "as others call it"


async def test_the_same_key_is_one_message(scene: HookScene) -> None:
    hook = await make(scene)
    first = await post(scene, hook["path"], {"content": "once"}, key="build-7")
    again = await post(scene, hook["path"], {"content": "once"}, key="build-7")
    other = await post(scene, hook["path"], {"content": "another"}, key="build-7")

    assert first.json() == again.json()
    assert other.status == 409
    assert len(await history(scene)) == 1


async def test_a_revoked_or_unknown_address_says_nothing(scene: HookScene) -> None:
    hook = await make(scene)
    await scene.ask("DELETE", f"/incoming-webhooks/{hook['id']}")

    for path in (hook["path"], hook["path"][:-1], "/api/v2/hooks/whin_x", "/api/v2/hooks/%00"):
        refused = await post(scene, path, {"content": "hello"})
        assert refused.status in {404, 400, 422}, path
    assert await history(scene) == []
    listed = await scene.ask("GET", f"/incoming-webhooks?conversation_id={scene.room}")
    assert listed["items"] == []


async def test_the_filter_and_the_bounds_hold_for_bots(scene: HookScene) -> None:
    hook = await make(scene)
    for body, status in (
        ({"content": ""}, 422),
        ({}, 422),
        ({"content": "a", "text": "b"}, 422),
        ({"content": "x" * 4001}, 413),
        ({"content": "you there, kill yourself"}, 422),
        (b"nonsense", 400),
    ):
        refused = await post(scene, hook["path"], body)
        assert refused.status == status, (body, refused.body)


async def test_the_same_creation_twice_is_one_address_and_a_taken_name_a_conflict(
    scene: HookScene,
) -> None:
    headers = {"idempotency-key": "once"}
    body = {"conversation_id": scene.room, "name": "ci-bot"}
    first = await scene.ask("POST", "/incoming-webhooks", body, headers=headers)
    again = await scene.ask("POST", "/incoming-webhooks", body, headers=headers)
    taken = await scene.node.call("POST", "/api/v2/incoming-webhooks", body, user=scene.ann)

    assert first == again
    assert taken.status == 409


async def test_only_who_manages_the_room_makes_and_sees_them(scene: HookScene) -> None:
    hook = await make(scene)
    eve = await scene.node.register("eve")
    await scene.ask("POST", f"/conversations/{scene.room}/join", user=eve)
    body = {"conversation_id": scene.room, "name": "eves-bot"}

    for method, path, sent in (
        ("POST", "/api/v2/incoming-webhooks", body),
        ("GET", f"/api/v2/incoming-webhooks?conversation_id={scene.room}", None),
    ):
        assert (await scene.node.call(method, path, sent, user=eve)).status == 403
    revoke = f"/api/v2/incoming-webhooks/{hook['id']}"
    assert (await scene.node.call("DELETE", revoke, user=eve)).status == 404


async def test_who_may_not_speak_gets_no_bot_that_does(scene: HookScene) -> None:
    body = {"conversation_id": scene.room, "name": "ci-bot"}
    mute = {"kind": "mute", "user_id": scene.ann.id, "reason": "noise"}
    await scene.ask("POST", "/moderation/sanctions", mute, user=scene.admin)
    muted = await scene.node.call("POST", "/api/v2/incoming-webhooks", body, user=scene.ann)

    assert (muted.status, muted.json()["code"]) == (403, "muted")
    assert (await scene.ask("GET", "/users?username=ci-bot"))["items"] == []


async def test_a_bot_that_posts_too_much_is_held_back(scene: HookScene) -> None:
    hook = await make(scene)
    statuses = [(await post(scene, hook["path"], {"content": f"{n}"})).status for n in range(20)]
    # At once: one after the other they would be allowed as quickly as a busy machine sends them.
    more = await asyncio.gather(
        *(post(scene, hook["path"], {"content": f"{n}"}) for n in range(20, 100))
    )

    assert 429 in [answer.status for answer in more]
    assert statuses == [201] * 20
