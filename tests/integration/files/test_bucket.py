"""Files in a bucket of a real server that speaks S3's protocol."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.integration.files.conftest import open_files_scene
from tests.object_stores import BucketServer, a_bucket
from tests.ports import free_port
from tests.scenes.files import PNG, FilesScene

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def bucket() -> Iterator[BucketServer]:
    with a_bucket() as server:
        yield server


def settings_of(endpoint: str) -> dict[str, object]:
    return {
        "storage": "s3",
        "s3_bucket": "causerie-files",
        "s3_endpoint": endpoint,
        "s3_access_key": "somebody",
        "s3_secret_key": "something",
        "quota_per_user": 0,
    }


@pytest.fixture
async def scene(
    bucket: BucketServer, database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[FilesScene]:
    settings = settings_of(bucket.endpoint)
    dsn = fresh_database.app_dsn
    async with open_files_scene(database, dsn, tmp_path, max_bytes=0, **settings) as opened:
        yield opened


async def test_a_file_goes_to_the_bucket_in_parts_and_comes_back(
    scene: FilesScene, bucket: BucketServer
) -> None:
    content = random.Random(1).randbytes(12_000_000)
    file = await scene.bring(content)
    path = f"/api/v2/files/{file['id']}/content"

    whole = await scene.get(path)
    part = await scene.get(path, range="bytes=5242000-5243000")
    await scene.get(f"/api/v2/files/{file['id']}", method="DELETE")

    assert whole.body == content
    assert part.body == content[5_242_000:5_243_001]
    assert scene.stored() == []  # here
    assert bucket.keys() == []  # and there, after it was taken back


async def test_a_thumbnail_lies_beside_its_picture(scene: FilesScene, bucket: BucketServer) -> None:
    file = await scene.bring(PNG)
    got = await scene.follow(file["thumbnail_url"])
    keys = bucket.keys()
    await scene.get(f"/api/v2/files/{file['id']}", method="DELETE")

    assert got.body[8:12] == b"WEBP"
    assert len(keys) == 2
    assert keys[1] == keys[0] + ".thumbnail"


@pytest.mark.parametrize("is_server_there", [False, True])
async def test_a_bucket_that_is_away_is_said_so(
    bucket: BucketServer,
    database: Database,
    fresh_database: FreshDatabase,
    tmp_path: Path,
    *,
    is_server_there: bool,
) -> None:
    endpoint = bucket.endpoint if is_server_there else f"http://127.0.0.1:{free_port()}"
    dsn, settings = fresh_database.app_dsn, settings_of(endpoint) | {"s3_bucket": "elsewhere"}
    async with open_files_scene(database, dsn, tmp_path, max_bytes=0, **settings) as scene:
        path = f"/api/v2/files/{await scene.plant()}/content"

        answers = [await scene.upload(PNG), await scene.get(path)]

        for answer in answers:
            assert (answer.status, answer.json()["code"]) == (503, "unavailable")
        assert (await scene.get(path, method="HEAD")).status == 200
