"""What the filter refuses is not stored on any way in; what it flags is, and moderators see why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.postgres import Database
from causerie.moderation import Note, Topic
from causerie.moderation.jobs import NoteQueue
from causerie.moderation.jobs.filtering import MAX_WAITING_NOTES
from causerie.moderation.model import Finding, Level
from causerie.moderation.store import PostgresFilterStore
from tests.databases import FreshDatabase
from tests.scenes.node import Answer, NodeScene, User, open_node_scene, quick

BASE = "/api/v2/conversations"


@pytest.fixture
async def node(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    settings = quick(Settings(), tmp_path)
    settings = replace(settings, limits=replace(settings.limits, max_messages_per_minute=0))
    async with open_node_scene(database, fresh_database.app_dsn, settings) as opened:
        yield opened


@pytest.fixture
async def admin(node: NodeScene) -> User:
    """The first of all users."""
    return await node.register("admin")


@pytest.fixture
async def ann(node: NodeScene, admin: User) -> User:
    del admin  # who comes first
    return await node.register("ann")


THREAT = "you there, kill yourself"
RUDE = "what the fuck is this"


async def create(node: NodeScene, user: User, name: str = "general") -> str:
    answer = await node.call("POST", BASE, {"kind": "room", "name": name}, user=user)
    assert answer.status == 201, answer.body
    room: str = answer.json()["id"]
    return room


async def post(node: NodeScene, user: User, room: str, content: str, **more: str) -> Answer:
    body = {"content": content, **more}
    return await node.call("POST", f"{BASE}/{room}/messages", body, user=user)


async def history(node: NodeScene, user: User, room: str) -> list[str]:
    answer = await node.call("GET", f"{BASE}/{room}/messages", user=user)
    return [message["content"] for message in answer.json()["items"]]


async def verdicts(node: NodeScene, admin: User, count: int, query: str = "") -> list[Any]:
    """Wait until so many are recorded: they are written beside the messages' way."""
    async with asyncio.timeout(60):
        while True:
            answer = await node.call("GET", f"/api/v2/moderation/verdicts{query}", user=admin)
            items: list[Any] = answer.json()["items"]
            if len(items) >= count:
                return items
            await asyncio.sleep(0.02)


async def test_what_is_refused_over_http_is_explained_and_stored_nowhere(
    node: NodeScene, admin: User, ann: User
) -> None:
    room = await create(node, ann)

    answer = await post(node, ann, room, THREAT)

    problem = answer.json()
    assert (answer.status, problem["code"]) == (422, "refused")
    assert (problem["rule"], problem["evidence"]) == ("threat", ["kill yourself"])
    assert "kill yourself" in problem["detail"]
    assert await history(node, ann, room) == []
    (verdict,) = await verdicts(node, admin, 1)
    assert verdict["refused"] is True
    assert verdict["refused_text"] == THREAT
    assert verdict["message_id"] is None
    assert (verdict["author_id"], verdict["conversation_id"]) == (ann.id, room)
    assert verdict["findings"][0] == {
        "level": "meaning",
        "rule": "threat",
        "score": 0.95,
        "evidence": ["kill yourself"],
    }


async def test_what_is_refused_on_sockets_is_heard_by_nobody(node: NodeScene, ann: User) -> None:
    room = await create(node, ann, "lobby")
    newer, older = await node.connect("/ws/v2", ann), await node.connect("/ws/v1", ann)

    newer.say(
        {"type": "send_message", "ref": 1, "data": {"conversation_id": room, "content": THREAT}}
    )
    older.say({"type": "room_message", "room": "lobby", "content": THREAT})
    of_newer, of_older = await newer.hear("error"), await older.hear("error")
    newer.say(
        {"type": "send_message", "ref": 2, "data": {"conversation_id": room, "content": "fine"}}
    )

    assert of_newer["ref"] == 1
    assert of_newer["data"]["code"] == "refused"
    assert "threat (kill yourself)" in of_newer["data"]["message"]
    assert of_older["data"]["code"] == "refused"
    assert (await newer.hear("message"))["data"]["content"] == "fine"
    assert (await older.hear("message"))["data"]["content"] == "fine"
    assert await history(node, ann, room) == ["fine"]


async def test_what_is_flagged_is_stored_and_points_at_its_message(
    node: NodeScene, admin: User, ann: User
) -> None:
    room = await create(node, ann)

    first = await post(node, ann, room, RUDE, client_id="k")
    again = await post(node, ann, room, RUDE, client_id="k")
    await post(node, ann, room, RUDE)

    assert (first.status, again.status) == (201, 200)
    found = await verdicts(node, admin, 2, f"?conversation_id={room}&author_id={ann.id}")
    assert len(found) == 2, "a replay is no second message"
    assert found[-1]["message_id"] == first.json()["id"]
    assert (found[-1]["refused"], found[-1]["refused_text"]) == (False, None)
    assert found[-1]["findings"][0]["rule"] == "strong"


async def test_an_edit_is_screened_like_a_send(node: NodeScene, admin: User, ann: User) -> None:
    room = await create(node, ann)
    message = (await post(node, ann, room, "hello")).json()

    path = f"/api/v2/messages/{message['id']}"
    answer = await node.call("PATCH", path, {"content": THREAT}, user=ann)

    assert (answer.status, answer.json()["code"]) == (422, "refused")
    assert await history(node, ann, room) == ["hello"]
    (verdict,) = await verdicts(node, admin, 1)
    assert verdict["message_id"] == message["id"]
    assert verdict["refused_text"] == THREAT


async def test_a_room_has_its_own_filter_and_others_keep_theirs(node: NodeScene, ann: User) -> None:
    mild, strict, usual = [await create(node, ann, name) for name in ("mild", "strict", "usual")]

    off = await node.call("PUT", f"{BASE}/{mild}/filter", {"meaning": "off"}, user=ann)
    await node.call("PUT", f"{BASE}/{strict}/filter", {"meaning": "strict"}, user=ann)

    assert off.json() == {
        "wanted": {"size": None, "structure": None, "meaning": "off"},
        "effective": {"size": "refuse", "structure": "refuse", "meaning": "off"},
    }
    statuses = [
        [(await post(node, ann, room, text)).status for text in (THREAT, RUDE, "oh, shit")]
        for room in (mild, strict, usual)
    ]
    assert statuses == [[201, 201, 201], [422, 422, 422], [422, 201, 201]]


async def test_a_rooms_filter_outlives_the_node_and_its_key_is_used_once(
    node: NodeScene, ann: User, database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    room = await create(node, ann)
    path, key = f"{BASE}/{room}/filter", {"idempotency-key": "once"}
    await node.call("PUT", path, {"meaning": "off"}, user=ann, headers=key)
    await node.call("PUT", path, {"meaning": "flag"}, user=ann)
    replayed = await node.call("PUT", path, {"meaning": "off"}, user=ann, headers=key)
    other = await node.call("PUT", path, {"meaning": "strict"}, user=ann, headers=key)

    settings = quick(Settings(), tmp_path)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as later:
        shown = await later.call("GET", path, user=ann)

    assert replayed.json()["wanted"]["meaning"] == "flag"
    assert (other.status, other.json()["code"]) == (409, "conflict")
    assert shown.json()["effective"]["meaning"] == "flag"


async def test_only_who_manages_a_room_says_how_it_is_filtered(
    node: NodeScene, admin: User, ann: User
) -> None:
    room = await create(node, ann)
    bob = await node.register("bob")
    await node.call("POST", f"{BASE}/{room}/join", user=bob)
    direct = await node.call("POST", BASE, {"kind": "direct", "members": [bob.id]}, user=ann)

    member = await node.call("PUT", f"{BASE}/{room}/filter", {"meaning": "off"}, user=bob)
    moderator = await node.call("PUT", f"{BASE}/{room}/filter", {"meaning": "off"}, user=admin)
    two = await node.call("GET", f"{BASE}/{direct.json()['id']}/filter", user=ann)
    wrong = await node.call("PUT", f"{BASE}/{room}/filter", {"meaning": "maybe"}, user=ann)
    unseen = await node.call("GET", "/api/v2/moderation/verdicts", user=bob)

    assert (member.status, moderator.status) == (403, 200)
    assert two.status in {403, 409, 422}
    assert wrong.json()["code"] == "invalid"
    assert unseen.status == 403


async def test_what_was_stored_before_the_rules_changed_is_still_a_replay(
    node: NodeScene, ann: User
) -> None:
    room = await create(node, ann)
    await node.call("PUT", f"{BASE}/{room}/filter", {"meaning": "off"}, user=ann)
    first = await post(node, ann, room, THREAT, client_id="k")
    await node.call("PUT", f"{BASE}/{room}/filter", {"meaning": "strict"}, user=ann)

    again = await post(node, ann, room, THREAT, client_id="k")
    fresh = await post(node, ann, room, THREAT, client_id="l")

    assert (again.status, again.json()) == (200, first.json())
    assert fresh.status == 422


async def test_a_room_is_not_called_what_nobody_may_say(node: NodeScene, ann: User) -> None:
    room = await create(node, ann)

    made = await node.call("POST", BASE, {"kind": "room", "name": "kill_yourself"}, user=ann)
    described = await node.call("PATCH", f"{BASE}/{room}", {"topic": "je vais te tuer"}, user=ann)
    fine = await node.call("PATCH", f"{BASE}/{room}", {"topic": "all about kills -9"}, user=ann)

    assert [(a.status, a.json()["code"]) for a in (made, described)] == [(422, "refused")] * 2
    assert fine.status == 200


async def test_nothing_is_screened_where_the_server_is_told_so(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    settings = quick(Settings(), tmp_path)
    settings = replace(settings, security=replace(settings.security, content_filtering=False))
    async with open_node_scene(database, fresh_database.app_dsn, settings) as node:
        ann = await node.register("ann")
        answer = await post(node, ann, await create(node, ann), THREAT)

    assert answer.status == 201


async def test_a_lesson_is_kept_used_and_shared(
    node: NodeScene, ann: User, database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    learning = node.node.filtering.learning
    screener = node.node.filtering.screener
    here = ConversationId(1)
    text = "come to the grand opening of our carpet shop on saturday"
    assert screener.judge(here, text) is None

    taught = [
        await learning.observe(f"{text}{end}", Topic.SPAM, is_positive=True, taught_by=UserId(1))
        for end in ("", " ", "!", "!!", " all of you", " please", " dear")
    ]

    settings = quick(Settings(), tmp_path)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as later:
        elsewhere = later.node.filtering.screener.judge(here, text)
    judged = screener.judge(here, text)
    assert taught == [True, False, True, True, True, True, True], "said again with a space more"
    for verdict in (judged, elsewhere):
        assert verdict is not None
        assert verdict.verdict.findings[0].rule == "spam"


async def test_a_decision_that_is_taken_back_is_a_lesson_again(node: NodeScene, ann: User) -> None:
    learning = node.node.filtering.learning

    async def teach(*, is_positive: bool) -> bool:
        return await learning.observe(
            "some words", Topic.ABUSE, is_positive=is_positive, taught_by=UserId(1)
        )

    answers = [await teach(is_positive=p) for p in (True, True, False, False, True)]

    assert answers == [True, False, True, False, True]


def note(number: int) -> Note:
    return Note(
        ConversationId(1),
        UserId(number),
        None,
        (Finding(Level.SIZE, "control_characters", 1.0, ("\x00", "\ud800")),),
        "\x00 text \ud800",
    )


async def test_any_text_can_be_recorded(database: Database) -> None:
    await PostgresFilterStore(database).record([note(1)])

    async with database.connection() as connection:
        (row,) = await connection.fetch("SELECT refused_text FROM moderation.verdicts")
    assert row["refused_text"] == "\ufffd text ?"


@pytest.fixture
def counting() -> Callable[[Database], Awaitable[int]]:
    async def count(database: Database) -> int:
        async with database.connection() as connection:
            value = await connection.fetchval("SELECT count(*) FROM moderation.verdicts")
        return int(value or 0)

    return count


async def test_what_waits_when_the_server_stops_is_written_and_more_than_fits_is_not(
    database: Database, counting: Callable[[Database], Awaitable[int]]
) -> None:
    queue = NoteQueue(PostgresFilterStore(database))
    for number in range(MAX_WAITING_NOTES + 5):
        queue.put(note(number))

    running = asyncio.create_task(queue.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})

    assert await counting(database) == MAX_WAITING_NOTES


async def test_old_verdicts_are_forgotten(
    database: Database, counting: Callable[[Database], Awaitable[int]]
) -> None:
    store = PostgresFilterStore(database)
    await store.record([note(number) for number in range(3)])
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE moderation.verdicts SET created_at = now() - interval '91 days'"
            " WHERE author_id < 2"
        )

    forgotten = await store.forget_records(older_than_days=90, limit=10)

    assert (forgotten, await counting(database)) == (2, 1)
