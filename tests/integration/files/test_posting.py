"""Files in messages: who gets them from then on, and what becomes of them with their message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from causerie.files import FileId, FileNotKnown
from causerie.files.jobs import sweep_once
from causerie.files.model import Stretch, Variant
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.integration.files.conftest import open_files_scene
from tests.ports import free_port
from tests.scanners import EICAR, a_clamd, needs_clamd
from tests.scenes.files import PNG, FilesScene

pytestmark = pytest.mark.long

SCHEDULED = "/api/v2/scheduled-messages"


@pytest.fixture
async def alone(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[tuple[FilesScene, int]]:
    """A scene whose scanner is away, and the port where it should be."""
    port, dsn = free_port(), fresh_database.app_dsn
    async with open_files_scene(database, dsn, tmp_path, scanner="clamd", clamd_port=port) as scene:
        yield scene, port


async def test_a_posted_file_is_the_conversations(scene: FilesScene) -> None:
    room = await scene.room("den", members=[scene.eve])
    file = await scene.bring(PNG, name="dot.png")
    content = f"/api/v2/files/{file['id']}/content"

    message = await scene.post(room, file["id"])
    seen = await scene.history(room, user=scene.eve)

    shown = {
        "id": file["id"],
        "name": "dot.png",
        "media_type": "image/png",
        "size": len(PNG),
        "status": "clean",
        "width": 1,
        "height": 1,
        "thumbnail": True,
    }
    assert message["files"] == [shown]
    assert message["message_type"] == "file"
    assert seen[0]["files"] == [shown]
    assert (await scene.get(content, user=scene.eve)).body == PNG
    assert (await scene.get(content, user=scene.admin)).status == 200  # may delete any message


async def test_a_plain_message_says_nothing_of_files(scene: FilesScene) -> None:
    room = await scene.room("den")

    message = await scene.post(room, content="words", message_type="text")

    assert "files" not in message


async def test_who_leaves_gets_no_more_of_it(scene: FilesScene) -> None:
    room = await scene.room("den", members=[scene.eve])
    file = await scene.bring(PNG, user=scene.eve)
    await scene.post(room, file["id"], user=scene.eve)
    content = f"/api/v2/files/{file['id']}/content"
    links = (await scene.get(f"/api/v2/files/{file['id']}", user=scene.eve)).json()

    await scene.get(
        f"/api/v2/conversations/{room}/members/{scene.eve.id}", user=scene.ann, method="DELETE"
    )

    # Though she brought it; and her links, which are good for minutes, are good for nothing.
    assert (await scene.get(content, user=scene.eve)).status == 404
    assert (await scene.get(content, user=scene.eve, method="HEAD")).status == 404
    assert (await scene.follow(links["content_url"])).status == 404
    assert (await scene.get(content, user=scene.ann)).body == PNG


async def test_with_a_message_go_its_files(scene: FilesScene) -> None:
    room = await scene.room("den")
    file = await scene.bring(PNG)
    message = await scene.post(room, file["id"])
    peer = await scene.node.connect("/ws/v2", scene.ann)
    await peer.hear("hello")

    await scene.get(f"/api/v2/messages/{message['id']}", method="DELETE")
    deleted = await peer.hear("message_deleted")
    at_once = await scene.get(f"/api/v2/files/{file['id']}/content")
    await asyncio.gather(scene.sweep(), scene.sweep())  # As two nodes do at once.

    assert "files" not in deleted["data"]
    assert at_once.status == 404
    assert scene.stored() == []


async def test_a_moderator_removes_a_posted_file_and_everybody_sees_it(scene: FilesScene) -> None:
    room = await scene.room("den")
    file = await scene.bring(PNG)
    path = f"/api/v2/files/{file['id']}"
    await scene.post(room, file["id"], content="look")
    peer = await scene.node.connect("/ws/v2", scene.ann)
    await peer.hear("hello")

    by_ann = await scene.get(path, method="DELETE")
    by_admin = await scene.get(path, user=scene.admin, method="DELETE")
    told = await peer.hear("message_edited")

    assert (by_ann.status, by_admin.status) == (409, 204)
    assert told["data"]["content"] == "look"
    assert "files" not in told["data"]
    assert (await scene.get(path)).status == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"file_ids": [999]}, 404),
        ({"file_ids": [1, 1]}, 422),
        ({"file_ids": list(range(1, 12))}, 422),
        ({"file_ids": [0]}, 422),
        ({"message_type": "text"}, 422),
    ],
)
async def test_a_message_names_files_that_are_there(
    scene: FilesScene, change: dict[str, Any], status: int
) -> None:
    room = await scene.room("den")
    file = await scene.bring(PNG)
    body = {"content": "look", "message_type": "file", "file_ids": [file["id"]]}

    answer = await scene.send(room, body | change)

    assert answer.status == status, answer.body


async def test_nobody_posts_what_is_not_theirs(scene: FilesScene) -> None:
    room = await scene.room("den", members=[scene.eve])
    file = await scene.bring(PNG)
    body = {"content": "", "message_type": "file", "file_ids": [file["id"]]}

    stolen = await scene.send(room, body, user=scene.eve)

    assert (stolen.status, stolen.json()["resource"]) == (404, "file")
    assert await scene.history(room) == []


async def test_a_file_is_in_one_message_however_many_race_for_it(scene: FilesScene) -> None:
    room = await scene.room("den")
    file = await scene.bring(PNG)
    body = {"content": "", "message_type": "file", "file_ids": [file["id"]]}

    answers = await asyncio.gather(*(scene.send(room, body) for _ in range(5)))

    assert sorted(answer.status for answer in answers) == [201, 404, 404, 404, 404]
    assert [len(message["files"]) for message in await scene.history(room)] == [1]


async def test_a_send_with_files_happens_once_per_key(scene: FilesScene) -> None:
    room = await scene.room("den")
    one, two = await scene.bring(PNG), await scene.bring(PNG)
    body = {
        "content": "",
        "message_type": "file",
        "file_ids": [one["id"], two["id"]],
        "client_id": "k",
    }

    first, again = await scene.send(room, body), await scene.send(room, body)
    other = await scene.send(room, body | {"file_ids": [one["id"]]})

    assert (first.status, again.status, other.status) == (201, 200, 409)
    assert first.json() == again.json()
    assert [file["id"] for file in first.json()["files"]] == [one["id"], two["id"]]


@needs_clamd
async def test_members_hear_when_a_posted_file_is_clean(alone: tuple[FilesScene, int]) -> None:
    scene, port = alone
    room = await scene.room("den")
    good, bad = await scene.bring(PNG), await scene.bring(EICAR)
    peer = await scene.node.connect("/ws/v2", scene.ann)
    message = await scene.post(room, good["id"], bad["id"])
    rev = (await peer.hear("hello"))["data"]["conversations"][0]["rev"]

    with a_clamd(port):
        await scene.look_again(good["id"])
        await scene.look_again(bad["id"])
    told = [(await peer.hear("message_edited"))["data"] for _ in range(2)]

    assert [file["status"] for file in message["files"]] == ["quarantined", "quarantined"]
    assert [file["status"] for file in told[-1]["files"]] == ["clean", "refused"]
    assert [change["rev"] for change in told] == [rev + 1, rev + 2]
    assert told[0]["edited_at"] is None
    # Who was away hears of it by the number.
    late = await scene.node.connect("/ws/v2", scene.ann)
    late.say({"type": "subscribe", "ref": 1, "data": {"since": {room: 1}, "revs": {room: rev}}})
    caught_up = [(await late.hear("message_edited"))["data"] for _ in range(2)]
    assert caught_up[-1]["files"] == told[-1]["files"]


async def test_a_message_sent_later_brings_its_files(scene: FilesScene) -> None:
    room = await scene.room("den", members=[scene.eve])
    file = await scene.bring(PNG, name="dot.png")
    eve = await scene.node.connect("/ws/v2", scene.eve)
    await eve.hear("hello")
    later = datetime.now(UTC) + timedelta(hours=1)
    body = {"conversation_id": room, "content": "", "message_type": "file", "send_at": later}

    made = await scene.node.call(
        "POST", SCHEDULED, {**body, "file_ids": [file["id"]]}, user=scene.ann
    )
    async with scene.database.connection() as connection:  # two days later
        await connection.execute("UPDATE files.files SET created_at = created_at - interval '2 d'")
    await sweep_once(scene.node.node.files.table, scene.node.node.files.objects)
    await let_it_be_due(scene)
    told = await eve.hear("message")

    assert made.json()["file_ids"] == [file["id"]]
    assert [one["id"] for one in told["data"]["files"]] == [file["id"]]
    assert (await scene.get(f"/api/v2/files/{file['id']}/content", user=scene.eve)).body == PNG


async def let_it_be_due(scene: FilesScene) -> None:
    """As if the hour were over; a sweep looks for what is due."""
    async with scene.database.connection() as connection:
        await connection.execute("UPDATE messages.outgoing SET due_at = now()")


async def test_only_ones_own_files_wait_to_be_sent(scene: FilesScene) -> None:
    room = await scene.room("den")
    foreign = await scene.bring(PNG, name="dot.png", user=scene.eve)
    later = datetime.now(UTC) + timedelta(hours=1)
    body = {"conversation_id": room, "content": "", "message_type": "file", "send_at": later}

    refused = await scene.node.call(
        "POST", SCHEDULED, {**body, "file_ids": [foreign["id"]]}, user=scene.ann
    )

    assert (refused.status, refused.json()["code"]) == (404, "not_found")


async def test_a_file_that_was_posted_meanwhile_refuses_what_waits(scene: FilesScene) -> None:
    room = await scene.room("den")
    file = await scene.bring(PNG, name="dot.png")
    ann = await scene.node.connect("/ws/v2", scene.ann)
    later = datetime.now(UTC) + timedelta(hours=1)
    body = {"conversation_id": room, "content": "", "message_type": "file", "send_at": later}
    await scene.node.call("POST", SCHEDULED, {**body, "file_ids": [file["id"]]}, user=scene.ann)

    await scene.post(room, file["id"])
    await let_it_be_due(scene)

    async with asyncio.timeout(60):
        while (told := (await ann.hear("scheduled_message"))["data"])["status"] == "waiting":
            pass
    assert (told["status"], told["refusal"]["code"]) == ("refused", "not_found")


async def test_a_download_under_way_ends_with_the_right_to_it(scene: FilesScene) -> None:
    room = await scene.room("den", members=[scene.eve])
    file = await scene.bring(b"a line of text\n" * 180_000)  # three pieces
    await scene.post(room, file["id"])
    reader = scene.node.node.files.reader
    reader.recheck_seconds = 0.0
    eve = await scene.node.node.accounts.service.authenticate_bearer(scene.eve.token)
    opened = await reader.open(eve, FileId(file["id"]), Variant.CONTENT)
    pieces = reader.read(opened, Stretch(0, opened.size_bytes))
    first = await anext(pieces)

    await scene.get(
        f"/api/v2/conversations/{room}/members/{scene.eve.id}", user=scene.ann, method="DELETE"
    )

    assert 0 < len(first) < opened.size_bytes
    with pytest.raises(FileNotKnown):
        await anext(pieces)
