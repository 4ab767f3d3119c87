"""Logs become rooms, once: alone, repeated, cut short, in other company."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.importing import Imported, import_irc, run
from causerie.assembly.settings import Settings
from causerie.foundation.errors import Invalid, Unavailable
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.scenes.node import NodeScene, User, open_node_scene, quick

pytestmark = pytest.mark.long

TALK = """\
=== ada has joined
[03:00] <ada> hello
[03:00]  * ada waves
[03:01] <Bob> hello ada
[03:01] <bob> I am another
[03:02] <ada>
[03:02] <ada> are you?
"""


class ImportScene:
    """A node, files beside it, and somebody who looks at the rooms."""

    def __init__(self, node: NodeScene, folder: Path, reader: User) -> None:
        self.node = node
        self.folder = folder
        self.reader = reader

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    async def bring(self, *files: Path) -> list[Imported]:
        return await import_irc(
            files,
            accounts=self.node.node.accounts.service,
            conversations=self.node.node.conversations.service,
            messages=self.node.node.messages.service,
        )

    async def ask(self, method: str, path: str) -> Any:
        answer = await self.node.call(method, path, user=self.reader)
        assert answer.status in {200, 204}, answer.body
        return answer.json() if answer.body else None

    async def said_in(self, room: str) -> list[tuple[int, str, str]]:
        """Seq, sender and text of everything in a room."""
        (found,) = (await self.ask("GET", f"/api/v2/rooms?q={room}"))["items"]
        await self.ask("POST", f"/api/v2/conversations/{found['id']}/join")
        path = f"/api/v2/conversations/{found['id']}/messages?limit=1000&after=0"
        page = await self.ask("GET", path)
        return [(m["seq"], m["sender"]["username"], m["content"]) for m in page["items"]]

    async def people_in(self, room: str) -> Sequence[str]:
        (found,) = (await self.ask("GET", f"/api/v2/rooms?q={room}"))["items"]
        await self.ask("POST", f"/api/v2/conversations/{found['id']}/join")
        members = await self.ask("GET", f"/api/v2/conversations/{found['id']}/members")
        return sorted(m["user"]["username"] for m in members["items"])


@pytest.fixture
async def scene(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[ImportScene]:
    settings = quick(Settings(), tmp_path)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as node:
        yield ImportScene(node, tmp_path / "logs", await node.register("reader"))


SAID = [
    (1, "ada", "hello"),
    (2, "Bob", "hello ada"),
    (3, "bob.2", "I am another"),
    (4, "ada", "are you?"),
]


async def test_a_log_becomes_a_room_with_its_people_and_what_they_said(scene: ImportScene) -> None:
    report = await scene.bring(scene.file("talk.txt", TALK))

    assert report == [Imported("talk", speakers=3, lines=4, new_lines=4)]
    assert await scene.said_in("talk") == SAID
    assert await scene.people_in("talk") == ["Bob", "ada", "bob.2", "reader"]


async def test_a_database_that_does_not_answer_ends_the_import_and_repeating_it_goes_on(
    scene: ImportScene, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = scene.file("talk.txt", TALK)
    monkeypatch.setattr(run, "ANSWER_SECONDS", 0.01)
    async with database.transaction() as tx:
        await tx.execute("LOCK TABLE messages.messages IN EXCLUSIVE MODE")
        with pytest.raises(Unavailable, match="Repeat this"):
            await scene.bring(talk)
    monkeypatch.undo()
    await scene.bring(talk)

    assert await scene.said_in("talk") == SAID


async def test_a_line_that_is_too_long_is_left_out_and_counted(scene: ImportScene) -> None:
    log = f"[03:00] <ada> {'x' * 4001}\n[03:01] <ada> {'x' * 4000}\n"
    (report,) = await scene.bring(scene.file("talk.txt", log))

    assert report == Imported("talk", speakers=1, lines=2, new_lines=1, refused=1)


async def test_a_log_brought_in_twice_adds_nothing(scene: ImportScene) -> None:
    talk = scene.file("talk.txt", TALK)
    await scene.bring(talk)
    again = await scene.bring(talk)

    assert again == [Imported("talk", speakers=3, lines=4, new_lines=0)]
    assert await scene.said_in("talk") == SAID


async def test_a_log_adds_nothing_when_it_comes_again_in_other_company(scene: ImportScene) -> None:
    # Here bob comes before Bob, and would be called otherwise.
    talk = scene.file("talk.txt", TALK)
    other = scene.file("other.txt", "[04:00] <bob> first\n")
    await scene.bring(talk)
    report = await scene.bring(other, talk)

    assert [file.new_lines for file in report] == [1, 0]
    assert await scene.said_in("talk") == SAID
    assert await scene.people_in("talk") == ["Bob", "ada", "bob.2", "reader"]


async def test_a_log_that_has_grown_adds_its_new_lines(scene: ImportScene) -> None:
    await scene.bring(scene.file("talk.txt", TALK))
    grown = scene.file("talk.txt", TALK + "[03:03] <ada> are you?\n[03:04] <eve> no\n")
    (report,) = await scene.bring(grown)

    assert report.new_lines == 2
    assert await scene.said_in("talk") == [*SAID, (5, "ada", "are you?"), (6, "eve", "no")]


async def test_the_same_lines_under_another_name_are_another_room(scene: ImportScene) -> None:
    report = await scene.bring(scene.file("talk.txt", TALK), scene.file("copy.txt", TALK))

    assert [file.new_lines for file in report] == [4, 4]
    assert await scene.said_in("copy") == SAID


async def test_more_lines_than_are_said_or_read_at_once_keep_their_order(
    scene: ImportScene,
) -> None:
    lines = [f"[05:{n % 60:02}] <n{n % 7}> line {n}" for n in range(1100)]
    long = scene.file("long.txt", "\n".join(lines))
    (first,) = await scene.bring(long)
    (again,) = await scene.bring(long)

    assert (first.new_lines, again.new_lines) == (1100, 0)
    said = await scene.said_in("long")
    assert said == [(n + 1, f"n{n % 7}", f"line {n}") for n in range(1000)]


async def test_a_log_where_one_speaks_alone_is_a_room_of_one(scene: ImportScene) -> None:
    await scene.bring(scene.file("alone.txt", "[04:00] <ada> anybody?\n"))

    assert await scene.people_in("alone") == ["ada", "reader"]


async def test_a_log_in_which_nobody_speaks_makes_no_room(scene: ImportScene) -> None:
    report = await scene.bring(scene.file("empty.txt", "=== ada has joined\n"))

    assert report == [Imported("empty", speakers=0, lines=0, new_lines=0)]
    assert (await scene.ask("GET", "/api/v2/rooms?q=empty"))["items"] == []


async def test_a_mark_of_the_byte_order_and_codes_of_irc_hide_no_line(scene: ImportScene) -> None:
    await scene.bring(scene.file("codes.txt", b"\xef\xbb\xbf[04:00] <ada> a\x1cb\xc2\x85c\r\n"))

    assert await scene.said_in("codes") == [(1, "ada", "a\x1cb\x85c")]


async def test_a_file_that_is_no_text_is_named_and_nothing_is_brought_in(
    scene: ImportScene,
) -> None:
    good = scene.file("good.txt", "[04:00] <ada> fine\n")
    latin = scene.file("latin.txt", b"[04:00] <ada> d\xe9j\xe0\n")

    with pytest.raises(Invalid, match=r"latin\.txt: Must be UTF-8: .* at byte 15"):
        await scene.bring(good, latin)
    assert (await scene.ask("GET", "/api/v2/rooms?q=good"))["items"] == []
