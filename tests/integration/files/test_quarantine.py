"""Nothing is served before a real clamd and a look inside found it clean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from causerie.foundation.postgres import Database
from tests.bombs import NOTHING, zipped
from tests.databases import FreshDatabase
from tests.integration.files.conftest import open_files_scene
from tests.ports import free_port
from tests.scanners import EICAR, Scanning, a_clamd, needs_clamd
from tests.scenes.files import PNG, FilesScene


@pytest.fixture(scope="module")
def clamd() -> Iterator[Scanning]:
    with a_clamd() as scanning:
        yield scanning


@pytest.fixture
async def scanned(
    clamd: Scanning, database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[FilesScene]:
    dsn = fresh_database.app_dsn
    async with open_files_scene(
        database, dsn, tmp_path, scanner="clamd", clamd_port=clamd.port
    ) as scene:
        yield scene


@pytest.fixture
async def alone(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[tuple[FilesScene, int]]:
    """A scene whose scanner is away, and the port where it should be."""
    port, dsn = free_port(), fresh_database.app_dsn
    async with open_files_scene(
        database, dsn, tmp_path, scanner="clamd", clamd_port=port, scan_timeout=0.5
    ) as scene:
        yield scene, port


@needs_clamd
async def test_what_clamd_finds_clean_is_served(scanned: FilesScene) -> None:
    file = await scanned.bring(PNG)

    assert file["status"] == "clean"
    assert (await scanned.follow(file["content_url"])).body == PNG


@needs_clamd
@pytest.mark.parametrize("content", [EICAR, zipped(("letter.txt", EICAR))], ids=["bare", "zipped"])
async def test_what_clamd_knows_is_refused_removed_and_on_record(
    scanned: FilesScene, content: bytes
) -> None:
    answer = await scanned.upload(content, name="letter.txt")
    events = await scanned.security_events("harmful_file")

    assert answer.status == 422
    assert answer.json()["code"] == "refused"
    assert scanned.stored() == []
    (event,) = events
    assert event["user_id"] == scanned.ann.id
    assert event["details"]["found"].startswith("Eicar-Test-Signature")


@needs_clamd
async def test_a_bomb_that_clamd_calls_clean_stays_in_quarantine(scanned: FilesScene) -> None:
    file = await scanned.bring(zipped(("zeros", NOTHING)))
    path = f"/api/v2/files/{file['id']}"

    answers = [await scanned.get(f"{path}/content", user=user) for user in scanned.people]

    assert file["status"] == "quarantined"
    assert file["content_url"] is None
    # The admin may review it, and gets it no more than its owner does.
    assert [answer.status for answer in answers] == [409, 409, 404]
    assert await scanned.reason(file["id"]) == "ratio"


@needs_clamd
async def test_a_moderator_lets_go_on_what_was_held(scanned: FilesScene) -> None:
    content = zipped(("zeros", NOTHING))
    file = await scanned.bring(content)
    path = f"/api/v2/moderation/files/{file['id']}/release"

    listed = await scanned.get("/api/v2/moderation/files", user=scanned.admin)
    by_ann = await scanned.get(path, method="POST")
    released = await scanned.get(path, user=scanned.admin, method="POST")

    assert [item["reason"] for item in listed.json()["items"]] == ["ratio"]
    assert by_ann.status == 403
    assert released.json()["status"] == "clean"
    assert (await scanned.get(f"/api/v2/files/{file['id']}/content")).body == content


@needs_clamd
async def test_more_than_clamd_takes_waits(scanned: FilesScene) -> None:
    file = await scanned.bring(bytes(2_500_000))  # over its StreamMaxLength

    assert file["status"] == "quarantined"
    assert await scanned.reason(file["id"]) == "scanner"


@needs_clamd
async def test_a_file_waits_for_a_scanner_that_is_away(alone: tuple[FilesScene, int]) -> None:
    scene, port = alone
    file = await scene.bring(PNG)
    path = f"/api/v2/files/{file['id']}/content"
    before = await scene.get(path)

    with a_clamd(port):
        after = await scene.look_again(file["id"])

    assert file["status"] == "quarantined"
    assert (before.status, before.json()["code"]) == (409, "conflict")
    assert (after["status"], after["thumbnail"]) == ("clean", True)
    assert (await scene.get(path)).body == PNG


@pytest.mark.parametrize(
    "answer",
    [None, b"", b"stream: Can't allocate memory ERROR\0", b"stream: OK", b"OK\0", b"x" * 10_000],
    ids=["never", "hangs up", "error", "half", "nonsense", "endless"],
)
async def test_whatever_a_scanner_says_that_is_no_verdict_means_quarantine(
    alone: tuple[FilesScene, int], answer: bytes | None
) -> None:
    scene, port = alone

    async with scanner_that_says(answer, port):
        file = await scene.bring(b"words")

    assert file["status"] == "quarantined"
    assert (await scene.get(f"/api/v2/files/{file['id']}/content")).status == 409


async def test_a_file_that_waits_cannot_be_let_go_on_by_a_moderator(
    alone: tuple[FilesScene, int],
) -> None:
    scene, _ = alone
    file = await scene.bring(b"words")

    answer = await scene.get(
        f"/api/v2/moderation/files/{file['id']}/release", user=scene.admin, method="POST"
    )

    assert answer.status == 409


@asynccontextmanager
async def scanner_that_says(answer: bytes | None, port: int) -> AsyncIterator[None]:
    """Listens as clamd does, reads a little, and says this; None: nothing at all."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(1024)
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
                await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", port)
    async with server:
        yield
