"""Who follows a thread is told of its answers; @here reaches those who are there."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from causerie.notifications.service.noticing import SWEEP_SECONDS
from tests.integration.notifications.conftest import Notified


async def answer(scene: Notified, root: int, content: str) -> dict[str, Any]:
    path = f"/conversations/{scene.room}/messages"
    body = {"content": content, "parent_message_id": root}
    made: dict[str, Any] = await scene.ask("POST", path, body, user=scene.ben)
    return made


async def begin(scene: Notified) -> int:
    path = f"/conversations/{scene.room}/messages"
    root = await scene.ask("POST", path, {"content": "who comes?"}, user=scene.ann)
    return int(root["id"])


def shown(items: list[dict[str, Any]]) -> list[tuple[str, int | None, str]]:
    return [(item["kind"], item["parent_message_id"], item["text"]) for item in items]


async def test_who_follows_a_thread_is_told_once_of_each_answer(scene: Notified) -> None:
    root = await begin(scene)

    await answer(scene, root, "me")
    await answer(scene, root, "@ann and you?")
    told = await scene.told(2)
    noticer = scene.node.node.notifications.noticer
    await noticer.sweep()

    assert shown(told) == [("reply", root, "me"), ("mention", root, "@ann and you?")]
    assert len(await scene.told(2)) == 2
    of_ben = await scene.ask("GET", "/notifications", user=scene.ben)
    assert of_ben["items"] == []  # Who answers is not told of it.


async def test_who_mutes_a_thread_is_told_of_nothing_in_it(scene: Notified) -> None:
    root = await begin(scene)
    await answer(scene, root, "me")
    await scene.told(1)
    muted = {"attention": "muted"}
    await scene.ask("PUT", f"/messages/{root}/thread", muted, user=scene.ann)

    await answer(scene, root, "and me")
    await answer(scene, root, "@ann?")
    await scene.say("@ann, elsewhere")
    told = await scene.told(2)
    await scene.node.node.notifications.noticer.sweep()

    assert [text for _, _, text in shown(told)] == ["me", "@ann, elsewhere"]
    assert len(await scene.told(2)) == 2


async def test_who_wants_all_of_a_room_is_not_told_of_a_thread_that_they_muted(
    scene: Notified,
) -> None:
    path = f"/conversations/{scene.room}/notifications"
    await scene.ask("PUT", path, {"level": "all"}, user=scene.ann)
    root = await begin(scene)
    muted = {"attention": "muted"}
    await scene.ask("PUT", f"/messages/{root}/thread", muted, user=scene.ann)

    await answer(scene, root, "and me")
    await scene.say("elsewhere")
    told = await scene.told(1)
    await scene.node.node.notifications.noticer.sweep()

    assert shown(told) == [("message", None, "elsewhere")]
    assert len(await scene.told(1)) == 1


async def test_who_reads_a_thread_has_read_its_notices(scene: Notified) -> None:
    root = await begin(scene)
    last = await answer(scene, root, "me")
    await scene.told(1)

    body = {"seq": last["seq"]}
    await scene.ask("POST", f"/messages/{root}/thread/read", body, user=scene.ann)

    async with asyncio.timeout(60):
        while (await scene.ask("GET", "/notifications", user=scene.ann))["unread"]:
            await asyncio.sleep(0.02)

    (notice,) = (await scene.ask("GET", "/notifications", user=scene.ann))["items"]
    assert notice["read"] is True


async def test_here_reaches_who_is_there_and_room_reaches_all(scene: Notified) -> None:
    await scene.say("@here, is anybody in?")
    await scene.say("@room, then all of you")
    (first,) = await scene.told(1)
    peer = await scene.node.connect("/ws/v2", scene.ann)
    await peer.hear("hello")
    path = f"/users/{scene.ann.id}/presence"
    async with asyncio.timeout(60):
        while (await scene.ask("GET", path, user=scene.ben))["status"] != "online":
            await asyncio.sleep(0.02)

    await scene.say("@here, and now?")
    told = await scene.told(2)

    assert first["text"] == "@room, then all of you"
    assert told[1]["text"] == "@here, and now?"
    # Those that called Ann, and not the one that was for others.
    assert (await scene.ask("GET", "/unread", user=scene.ann))["mentions"] == 2


async def test_a_room_is_not_called_without_end(scene: Notified) -> None:
    path = f"/api/v2/conversations/{scene.room}/messages"
    answers = [
        await scene.node.call("POST", path, {"content": "@room!"}, user=scene.ben) for _ in range(4)
    ]
    plain = await scene.node.call("POST", path, {"content": "`@room`"}, user=scene.ben)

    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    later = {"conversation_id": scene.room, "content": "@room", "send_at": tomorrow}
    scheduled = await scene.node.call("POST", "/api/v2/scheduled-messages", later, user=scene.ben)

    assert [one.status for one in answers] == [201, 201, 201, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert plain.status == 201
    assert scheduled.status == 201  # It rings tomorrow.


async def test_who_is_called_in_a_crowd_is_told_at_once(scene: Notified) -> None:
    crowd = "INSERT INTO accounts.users (username, display_name) SELECT n, n FROM ("
    crowd += "SELECT 'crowd.' || g FROM generate_series(1, 100) g) AS c (n) RETURNING id"
    async with scene.database.connection() as connection:
        members = [row["id"] for row in await connection.fetch(crowd)]
    path = f"/conversations/{scene.room}/members"
    await scene.ask("POST", path, {"user_ids": members}, user=scene.ben)

    began = time.monotonic()
    await scene.say("@room, all of you")
    (notice,) = await scene.told(1)

    assert notice["text"] == "@room, all of you"
    assert time.monotonic() - began < SWEEP_SECONDS / 2  # not by the sweep
