"""What is a bomb, and what only looks like one."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile

import pytest

from causerie.foundation.examining.archives import find_bomb, may_be_archive
from tests.bombs import NOTHING, nested, sparse_tar, with_lying_size, zipped

NOISE = random.Random(1).randbytes(20_000)
TEXT = b"".join(b"%d bottles of beer on the wall, %x\n" % (n, n * n * 7919) for n in range(3000))


def tarred(content: bytes) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        info = tarfile.TarInfo("file")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (zipped(("zeros", NOTHING)), "ratio"),
        (zipped(*((f"zeros{n}", NOTHING) for n in range(3))), "ratio"),
        (with_lying_size(zipped(("zeros", NOTHING))), "ratio"),
        (gzip.compress(NOTHING), "ratio"),
        (bz2.compress(NOTHING), "ratio"),
        (lzma.compress(NOTHING), "ratio"),
        (gzip.compress(gzip.compress(NOTHING)), "ratio"),
        (nested(2, zipped(("zeros", NOTHING))), "ratio"),
        (tarred(gzip.compress(NOTHING)), "ratio"),
        (sparse_tar(1 << 30), "ratio"),
        (b"\xff\xd8\xff" + NOISE + zipped(("zeros", NOTHING)), "ratio"),
        (nested(4), "nested"),
        (zipped(*((str(n), b"") for n in range(10_001))), "too_many_members"),
        (b"7z\xbc\xaf\x27\x1c" + NOISE, "not_opened"),
        (zipped(("a.7z", b"7z\xbc\xaf\x27\x1c" + NOISE)), "not_opened"),
        (b"Rar!\x1a\x07\x01\x00" + NOISE, "not_opened"),
        (gzip.compress(TEXT)[:-20], "broken"),
        (b"PK\3\4" + NOISE, "broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bomb_is_found(content: bytes, reason: str) -> None:
    assert may_be_archive(io.BytesIO(content))
    assert find_bomb(io.BytesIO(content)) == reason


@pytest.mark.parametrize(
    "content",
    [
        zipped(("notes.txt", TEXT), ("noise", NOISE)),
        gzip.compress(TEXT),
        bz2.compress(TEXT),
        lzma.compress(TEXT),
        gzip.compress(tarred(TEXT)),
        tarred(zipped(("notes.txt", TEXT))),
        nested(2, TEXT),
        b"BZh is how this text begins",
        NOISE,
        b"",
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_what_is_none_passes(content: bytes) -> None:
    assert find_bomb(io.BytesIO(content)) is None


def test_plain_content_is_not_looked_into() -> None:
    assert not may_be_archive(io.BytesIO(TEXT))
    assert not may_be_archive(io.BytesIO(NOISE))
