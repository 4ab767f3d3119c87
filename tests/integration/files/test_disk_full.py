"""An upload meets a full disk: it is said so, nothing of it stays, and there is room again afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from causerie.accounts import Permission
from causerie.files.ports import Spool, Voices
from causerie.files.service import UploadRules, Uploads
from causerie.files.store import DiskSpool
from causerie.files.store.local import MIN_FREE_BYTES
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Unavailable
from causerie.foundation.identity import Principal, UserId
from causerie.foundation.postgres import Database
from tests.chaos.small_disk import Filler, mounted_disk
from tests.databases import FreshDatabase
from tests.integration.files.conftest import QUOTA_BYTES, SMALL_BYTES, open_files_scene
from tests.scenes.files import FilesScene

CONTENT = b"x" * (SMALL_BYTES - 1)
TOO_LITTLE_BYTES = SMALL_BYTES // 2


class Anybody(Voices):
    """Whoever asks may."""

    @override
    def require_may_speak(self, user_id: UserId, /) -> None:
        del user_id

    @override
    def require_admitted(self, user_id: UserId, /) -> None:
        del user_id


@pytest.fixture
def disk() -> Iterator[Path]:
    with mounted_disk() as mounted:
        yield mounted


@pytest.fixture
async def scene(
    database: Database, fresh_database: FreshDatabase, disk: Path
) -> AsyncIterator[FilesScene]:
    async with open_files_scene(database, fresh_database.app_dsn, disk) as opened:
        yield opened


async def used_bytes(scene: FilesScene) -> int:
    return await scene.node.node.files.table.used_bytes(UserId(scene.ann.id))


async def require_as_before(scene: FilesScene, filler: Filler) -> None:
    """Nothing of the upload is there; and with room, there is no trace of it."""
    assert scene.stored() == []
    assert await used_bytes(scene) == 0
    filler.make_room()
    file = await scene.bring(CONTENT)
    answer = await scene.get(f"/api/v2/files/{file['id']}/content")
    assert answer.body == CONTENT
    assert await used_bytes(scene) == len(CONTENT)


async def test_a_disk_that_gets_full_takes_no_files_before_it_is(
    scene: FilesScene, disk: Path
) -> None:
    filler = Filler(disk)
    filler.leave(MIN_FREE_BYTES + TOO_LITTLE_BYTES)

    answer = await scene.upload(CONTENT, key="once")

    assert (answer.status, answer.json()["code"]) == (503, "unavailable")
    assert "no room" in answer.json()["detail"]
    await require_as_before(scene, filler)
    assert (await scene.upload(b"other", key="once")).status == 201  # the key was not used


def uploads_over(scene: FilesScene, spool: Spool) -> Uploads:
    """As the node's, with another place for what arrives."""
    files = scene.node.node.files
    return Uploads(
        files.table,
        files.objects,
        spool,
        reader=files.reader,
        inspection=files.inspection,
        voices=Anybody(),
        completion=Completion(),
        rules=UploadRules(is_offered=True, max_file_bytes=SMALL_BYTES, quota_bytes=QUOTA_BYTES),
    )


async def body() -> AsyncIterator[bytes]:
    for at in range(0, len(CONTENT), 1 << 16):
        yield CONTENT[at : at + (1 << 16)]


@pytest.mark.parametrize("where", ["as it arrives", "as it is stored"])
async def test_a_write_that_finds_no_room_leaves_nothing(
    scene: FilesScene, disk: Path, tmp_path: Path, where: str
) -> None:
    arriving = disk / "files/arriving" if where == "as it arrives" else tmp_path
    uploads = uploads_over(scene, DiskSpool(arriving, min_free_bytes=0))
    may = frozenset({Permission.SEND_MESSAGES})
    ann = Principal(UserId(scene.ann.id), "ann", "user", "", "", may)
    filler = Filler(disk)
    filler.leave(TOO_LITTLE_BYTES)

    with pytest.raises(Unavailable):
        await uploads.upload(ann, name="a", body=body(), announced_bytes=len(CONTENT), key="k")

    await require_as_before(scene, filler)
