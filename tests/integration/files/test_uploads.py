"""Bringing files, getting them, and what is refused."""

from __future__ import annotations

import asyncio
import hashlib

from tests.integration.files.conftest import QUOTA_BYTES, SMALL_BYTES
from tests.scenes.files import PNG, FilesScene

CONTENT = b"some words\n" * 1000


async def test_a_file_comes_back_as_it_was(scene: FilesScene) -> None:
    file = await scene.bring(CONTENT, name="notes.txt")
    got = await scene.get(f"/api/v2/files/{file['id']}/content")

    assert (got.status, got.body) == (200, CONTENT)
    assert file["status"] == "clean"
    assert file["size"] == len(CONTENT)
    assert file["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert file["name"] == "notes.txt"


async def test_the_kind_is_what_the_content_says(scene: FilesScene) -> None:
    page = await scene.bring(b"<!doctype html><script>alert(1)</script>", name="picture.png")
    picture = await scene.bring(PNG, name="page.html")
    got = await scene.get(f"/api/v2/files/{page['id']}/content")

    assert page["media_type"] == got.headers["content-type"] == "text/plain; charset=utf-8"
    assert picture["media_type"] == "image/png"


async def test_what_a_browser_could_run_is_only_downloaded(scene: FilesScene) -> None:
    file = await scene.bring(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", name="report.pdf")
    got = await scene.get(f"/api/v2/files/{file['id']}/content")

    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["content-disposition"].startswith("attachment; ")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["cache-control"] == "private, no-cache"


async def test_a_picture_has_a_size_and_a_thumbnail(scene: FilesScene) -> None:
    file = await scene.bring(PNG, name="dot.png")
    got = await scene.get(f"/api/v2/files/{file['id']}/thumbnail")

    assert (file["width"], file["height"], file["thumbnail"]) == (1, 1, True)
    assert got.headers["content-type"] == "image/webp"
    assert got.body[8:12] == b"WEBP"


async def test_a_name_is_made_harmless(scene: FilesScene) -> None:
    file = await scene.bring(CONTENT, name="../../etc/\u202epass\nwd.txt")
    got = await scene.get(f"/api/v2/files/{file['id']}/content")

    assert file["name"] == "passwd.txt"
    assert "passwd.txt" in got.headers["content-disposition"]


async def test_a_stranger_gets_nothing(scene: FilesScene) -> None:
    file = await scene.bring(CONTENT)
    paths = [f"/api/v2/files/{file['id']}{part}" for part in ("", "/content", "/thumbnail")]

    answers = [await scene.get(path, user=scene.eve) for path in paths]
    several = await scene.get(f"/api/v2/files?ids={file['id']}", user=scene.eve)
    removal = await scene.get(paths[0], user=scene.eve, method="DELETE")

    assert [answer.status for answer in answers] == [404, 404, 404]
    assert several.json() == {"items": []}
    assert removal.status == 404
    assert (await scene.get(paths[1])).status == 200


async def test_a_range_is_served(scene: FilesScene) -> None:
    content = bytes(range(256)) * 4000  # of several pieces
    file = await scene.bring(content)
    path = f"/api/v2/files/{file['id']}/content"

    part = await scene.get(path, range="bytes=250000-800000")
    several = await scene.get(path, range="bytes=0-1,5-6")
    past = await scene.get(path, range="bytes=1024000-")

    assert (part.status, part.body) == (206, content[250_000:800_001])
    assert part.headers["content-range"] == "bytes 250000-800000/1024000"
    assert part.headers["content-length"] == "550001"
    assert (several.status, several.body) == (200, content)
    assert past.status == 416
    assert past.headers["content-range"] == "bytes */1024000"
    assert past.json()["code"] == "invalid"


async def test_who_has_the_file_already_is_told_so(scene: FilesScene) -> None:
    file = await scene.bring(CONTENT)
    path = f"/api/v2/files/{file['id']}/content"
    etag = (await scene.get(path)).headers["etag"]

    known = await scene.get(path, if_none_match=f'"other", W/{etag}')
    continued = await scene.get(path, range="bytes=1-2", if_range=etag)
    changed = await scene.get(path, range="bytes=1-2", if_range='"other"')

    assert (known.status, known.body) == (304, b"")
    assert (continued.status, changed.status) == (206, 200)


async def test_a_head_tells_what_a_get_would(scene: FilesScene) -> None:
    file = await scene.bring(CONTENT)
    path = f"/api/v2/files/{file['id']}/content"

    head, got = await scene.get(path, method="HEAD"), await scene.get(path)
    ranged = await scene.get(path, method="HEAD", range="bytes=2-4")

    for answer in (head, ranged):
        assert (answer.status, answer.body) == (200, b"")
        for name in ("content-length", "content-type", "etag", "accept-ranges"):
            assert answer.headers[name] == got.headers[name]


async def test_a_link_needs_no_credentials_and_is_one_users(scene: FilesScene) -> None:
    file = await scene.bring(PNG)

    content, thumbnail = [
        await scene.follow(file[name]) for name in ("content_url", "thumbnail_url")
    ]
    forged = await scene.follow(file["content_url"].replace(f"-{scene.ann.id}-", "-1-"))
    cut = await scene.follow(file["content_url"][:-1])

    assert (content.status, content.body) == (200, PNG)
    assert thumbnail.headers["content-type"] == "image/webp"
    assert (forged.status, cut.status) == (404, 404)


async def test_too_large_a_file_is_refused_and_leaves_nothing(scene: FilesScene) -> None:
    answer = await scene.upload(bytes(SMALL_BYTES + 1))

    assert answer.status == 413
    assert answer.json()["limit"] == SMALL_BYTES
    assert scene.stored() == []


async def test_nobody_takes_more_than_the_quota(scene: FilesScene) -> None:
    answers = await asyncio.gather(
        *(scene.upload(bytes([n]) * (QUOTA_BYTES // 2 - 1)) for n in range(1, 4))
    )

    assert sorted(answer.status for answer in answers) == [201, 201, 413]
    assert len(scene.stored()) == 2
    others = await scene.upload(CONTENT, user=scene.eve)
    assert others.status == 201


async def test_an_empty_file_is_refused(scene: FilesScene) -> None:
    answer = await scene.upload(b"")

    assert answer.status == 422


async def test_the_same_key_brings_a_file_once(scene: FilesScene) -> None:
    answers = await asyncio.gather(*(scene.upload(CONTENT, key="once") for _ in range(3)))
    other = await scene.upload(CONTENT + b"more", key="once")
    await scene.sweep()

    assert sorted(answer.status for answer in answers) == [200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert other.status == 409
    assert len(scene.stored()) == 1


async def test_a_file_is_taken_back(scene: FilesScene) -> None:
    file = await scene.bring(CONTENT)
    path = f"/api/v2/files/{file['id']}"

    answers = [await scene.get(path, method="DELETE") for _ in range(2)]
    await scene.sweep()

    assert [answer.status for answer in answers] == [204, 204]
    assert (await scene.get(path)).status == 404
    assert (await scene.follow(file["content_url"])).status == 404
    assert scene.stored() == []


async def test_an_upload_that_is_cut_off_leaves_nothing(scene: FilesScene) -> None:
    answer = await scene.cut_off(CONTENT)

    assert answer.status == 400
    assert scene.stored() == []
    assert (await scene.get("/api/v2/files/1")).status == 404


async def test_what_nobody_posts_goes_after_a_day(scene: FilesScene) -> None:
    young, old = await scene.bring(CONTENT), await scene.bring(CONTENT)
    await scene.age(old["id"], hours=25)

    await scene.sweep()

    assert (await scene.get(f"/api/v2/files/{old['id']}")).status == 404
    assert (await scene.get(f"/api/v2/files/{young['id']}/content")).body == CONTENT
    assert len(scene.stored()) == 1
