"""What people say about themselves: seen by those who share a conversation, at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from causerie.foundation.clock import rfc3339
from tests.scenes.files import PNG, FilesScene
from tests.scenes.node import User
from tests.scenes.restrictions import restrict

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


async def patch(scene: FilesScene, body: object, *, user: User | None = None, key: str = "") -> Any:
    headers = {"idempotency-key": key} if key else {}
    return await scene.node.call(
        "PATCH", "/api/v2/me", body, user=user or scene.ann, headers=headers
    )


async def put_avatar(scene: FilesScene, file_id: int, *, user: User | None = None) -> int:
    body = {"file_id": file_id}
    answer = await scene.node.call("PUT", "/api/v2/me/avatar", body, user=user or scene.ann)
    return answer.status


async def me(scene: FilesScene) -> dict[str, Any]:
    card: dict[str, Any] = (await scene.get("/api/v2/me")).json()
    return card


async def test_those_who_share_a_conversation_hear_of_it_and_see_it(scene: FilesScene) -> None:
    room = await scene.room("den", members=[scene.eve])
    stranger = await scene.node.connect("/ws/v2", scene.admin)
    eve = await scene.node.connect("/ws/v2", scene.eve)
    for peer in (stranger, eve):
        await peer.hear("hello")

    answer = await patch(scene, {"display_name": "Ann of Arc", "status_text": "at lunch"})

    card = answer.json()
    assert (card["display_name"], card["status_text"]) == ("Ann of Arc", "at lunch")
    assert "status_until" not in card
    assert (await eve.hear("user_updated"))["data"] == card
    members = (await scene.get(f"/api/v2/conversations/{room}/members", user=scene.eve)).json()
    assert card in [item["user"] for item in members["items"]]
    found = (await scene.get("/api/v2/users?username=ann", user=scene.admin)).json()
    assert found["items"] == [card]
    later = await scene.node.connect("/ws/v2", scene.ann)
    assert (await later.hear("hello"))["data"]["user"] == card
    stranger.say({"type": "ping", "ref": 1})
    await stranger.hear("ack")
    assert "user_updated" not in [frame["type"] for frame in stranger.heard]


async def test_a_direct_chat_shows_the_other_side_as_it_is(scene: FilesScene) -> None:
    body = {"kind": "direct", "members": [scene.eve.id]}
    await scene.node.call("POST", "/api/v2/conversations", body, user=scene.ann)
    card = (await patch(scene, {"status_text": "here"})).json()

    mine = (await scene.get("/api/v2/conversations", user=scene.eve)).json()["items"]
    peer = await scene.node.connect("/ws/v2", scene.eve)
    hello = (await peer.hear("hello"))["data"]["conversations"]

    assert [mine[0]["peer"], hello[0]["peer"]] == [card, card]


async def test_a_status_ends_by_itself(scene: FilesScene) -> None:
    await scene.room("den", members=[scene.eve])
    eve = await scene.node.connect("/ws/v2", scene.eve)
    await eve.hear("hello")
    until = rfc3339(datetime.now(UTC) + timedelta(hours=1))

    set_ = (await patch(scene, {"status_text": "in a call", "status_until": until})).json()
    async with scene.database.connection() as connection:  # an hour later
        await connection.execute(
            "UPDATE accounts.users SET profile = profile ||"
            ' \'{"status_until": "2026-01-01T00:00:00.000Z"}\' WHERE id = $1',
            scene.ann.id,
        )
    ended = await scene.node.node.accounts.service.profiles.end_statuses()

    assert set_["status_until"] == until
    assert ended == 1
    async with asyncio.timeout(60):
        while "status_text" in (await eve.hear("user_updated"))["data"]:
            pass
    assert "status_text" not in await me(scene)


async def test_what_is_not_said_stays_and_null_takes_away(scene: FilesScene) -> None:
    until = rfc3339(datetime.now(UTC) + timedelta(hours=1))
    await patch(scene, {"status_text": "away", "status_until": until})

    renamed = (await patch(scene, {"display_name": "Annie"})).json()
    endless = (await patch(scene, {"status_until": None})).json()
    gone = (await patch(scene, {"status_text": None})).json()

    assert (renamed["status_text"], renamed["status_until"]) == ("away", until)
    assert endless["status_text"] == "away"
    assert "status_until" not in endless
    assert gone["display_name"] == "Annie"
    assert "status_text" not in gone


async def test_what_cannot_be_is_refused(scene: FilesScene) -> None:
    past = rfc3339(datetime.now(UTC) - timedelta(hours=1))
    wrong = [
        {"display_name": ""},
        {"display_name": "a" * 65},
        {"status_text": "a" * 129},
        {"status_text": "two\nlines"},
        {"status_text": "x", "status_until": past},
        {"status_until": rfc3339(datetime.now(UTC) + timedelta(hours=1))},  # of what?
        {"role": "admin"},
    ]

    codes = [(await patch(scene, body)).json()["code"] for body in wrong]

    assert set(codes) == {"invalid"}
    assert (await me(scene))["display_name"] == "ann"


async def test_what_is_said_there_is_speech(scene: FilesScene) -> None:
    refused = await patch(scene, {"status_text": "you there, kill yourself"})
    muted = await restrict(scene.database, scene.ann.id, muted_until=FOREVER)
    await scene.node.node.accounts.restrictions.look_again()
    file = await scene.bring(PNG, name="dot.png", user=scene.eve)

    silenced = await patch(scene, {"status_text": "hello"})

    assert muted.muted_until == FOREVER
    assert refused.json()["code"] == "refused"
    assert (silenced.status, silenced.json()["code"]) == (403, "muted")
    assert await put_avatar(scene, file["id"]) == 403


async def test_a_profile_is_changed_once_per_key(scene: FilesScene) -> None:
    await patch(scene, {"status_text": "first"}, key="once")
    await patch(scene, {"status_text": "second"})

    again = await patch(scene, {"status_text": "first"}, key="once")
    other = await patch(scene, {"status_text": "third"}, key="once")

    assert again.json()["status_text"] == "second"  # as it is now
    assert other.json()["code"] == "conflict"


async def test_everybody_gets_the_thumbnail_of_a_picture(scene: FilesScene) -> None:
    first = await scene.bring(PNG, name="dot.png")
    second = await scene.bring(PNG, name="other.png")

    before = await put_avatar(scene, first["id"])
    old = await me(scene)
    await put_avatar(scene, second["id"])
    new = await me(scene)
    shown = await scene.get(new["avatar_url"], user=scene.eve)

    assert before == 204
    assert old["avatar_url"] == f"/api/v2/users/{scene.ann.id}/avatar?v={first['id']}"
    assert new["avatar_url"] != old["avatar_url"]
    assert (shown.status, shown.headers["content-type"]) == (200, "image/webp")
    assert (await scene.node.call("GET", new["avatar_url"])).status == 401
    # The file itself is Ann's alone, goes into no message, and the one before is gone.
    assert (await scene.get(f"/api/v2/files/{second['id']}", user=scene.eve)).status == 404
    assert (await scene.get(f"/api/v2/files/{first['id']}")).status == 404
    room = await scene.room("den")
    posted = await scene.send(room, {"content": "x", "file_ids": [second["id"]]})
    assert posted.status in {404, 409, 422}
    removed = await scene.get(f"/api/v2/files/{second['id']}", method="DELETE")
    assert removed.json()["code"] == "conflict"


async def test_only_a_clean_picture_of_ones_own_stands_for_one(scene: FilesScene) -> None:
    text = await scene.bring(b"words")
    foreign = await scene.bring(PNG, name="dot.png", user=scene.eve)
    room = await scene.room("den")
    posted = await scene.bring(PNG, name="dot.png")
    await scene.post(room, posted["id"])

    statuses = [await put_avatar(scene, file["id"]) for file in (text, foreign, posted)]

    assert statuses == [409, 404, 409]
    assert "avatar_url" not in await me(scene)


async def test_a_picture_that_is_taken_away_stands_for_nobody(scene: FilesScene) -> None:
    await scene.room("den", members=[scene.eve])
    eve = await scene.node.connect("/ws/v2", scene.eve)
    await eve.hear("hello")
    file = await scene.bring(PNG, name="dot.png")
    await put_avatar(scene, file["id"])
    url = (await eve.hear("user_updated"))["data"]["avatar_url"]

    by_moderator = await scene.get(f"/api/v2/files/{file['id']}", user=scene.admin, method="DELETE")
    told = await eve.hear("user_updated")
    again = await scene.get("/api/v2/me/avatar", method="DELETE")

    assert by_moderator.status == 204
    assert "avatar_url" not in told["data"]
    assert (await scene.get(url, user=scene.eve)).status == 404
    assert again.status == 204
