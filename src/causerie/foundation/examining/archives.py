"""Archives: whether unpacking one, and what lies in it, would swamp whoever does.

All is unpacked here, counted and thrown away, within bounds; what cannot be looked into is no better
than what is known to be bad.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Final

MAX_RATIO = 100  # Text shrinks to a tenth, the most regular of logs to a fiftieth.
MAX_UNPACKED_BYTES = 2 << 30  # Some ten seconds of work here; nobody sends so much on purpose.
MAX_DEPTH = 3  # A document in an archive in an archive.
MAX_MEMBERS = 10_000
MAX_DIRECTORY_BYTES = 16 << 20  # Of a zip: it is read into memory.
MAX_INNER_BYTES = 64 << 20  # Of an archive inside another, which is kept while it is looked at.
PART_BYTES = 64 * 1024
TAIL_BYTES = 22 + 65_535  # APPNOTE.TXT §4.3.16: the end record, and the longest comment

_HEAD_BYTES = 512
_BZIP2_MAGIC = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")  # the first block, or the end at once
# What the standard library does not open.
UNOPENED: Final = (
    (0, b"7z\xbc\xaf\x27\x1c"),
    (0, b"Rar!\x1a\x07"),
    (0, b"MSCF\0\0\0\0"),
    (0, b"LZIP"),
    (0, b"\x04\x22\x4d\x18"),  # lz4
    (0, b"\x28\xb5\x2f\xfd"),  # zstd
    (0, b"\x1f\x9d"),  # compress
    (0, b"\x60\xea"),  # arj
    (0, b"xar!"),
    (2, b"-lh"),
)


class Bomb(Exception):  # noqa: N818 - named after the fact
    """Why an archive stays in quarantine: a word for moderators."""


class _Budget:
    """What all of one upload may unpack to."""

    def __init__(self, size_bytes: int) -> None:
        self._left = min(MAX_RATIO * size_bytes, MAX_UNPACKED_BYTES)
        self._is_ratio = MAX_RATIO * size_bytes < MAX_UNPACKED_BYTES
        self.members = 0

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Bomb("ratio" if self._is_ratio else "too_large")

    def take_member(self) -> None:
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise Bomb("too_many_members")


def find_bomb(file: IO[bytes]) -> str | None:
    """Say what makes a file an archive bomb, None where nothing does."""
    size = file.seek(0, 2)
    file.seek(0)
    try:
        _look_into(file, size, _Budget(size), depth=0)
    except Bomb as bomb:
        return str(bomb)
    except (RuntimeError, NotImplementedError):  # zipfile: a password, an unknown method
        return "not_opened"
    except (zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError):
        return "broken"
    return None


def may_be_archive(file: IO[bytes]) -> bool:
    """Say whether a file holds what could be unpacked; reads its ends only."""
    try:
        return _kind_of(file, file.seek(0, 2)) is not None
    except Bomb:
        return True


def _look_into(file: IO[bytes], size: int, budget: _Budget, *, depth: int) -> None:
    """Unpack what a file holds, if it holds anything. The file can be read anywhere."""
    kind = _kind_of(file, size)
    if kind is None:
        return
    if depth >= MAX_DEPTH:
        raise Bomb("nested")
    kind(file, size, budget, depth)


def _kind_of(file: IO[bytes], size: int) -> Callable[[IO[bytes], int, _Budget, int], None] | None:
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    for signature, look in (
        (b"\x1f\x8b", _gzip),
        (b"BZh", _bzip2 if head[4:10] in _BZIP2_MAGIC else None),
        (b"\xfd7zXZ\0", _xz),
        (b"]\0\0", _xz),
    ):
        if look is not None and head.startswith(signature):
            return look
    if any(head.startswith(signature, place) for place, signature in UNOPENED):
        raise Bomb("not_opened")
    if head[257:262] == b"ustar":
        return _tar
    # A zip is found from its end: whatever stands before it, a picture for one, hides nothing.
    file.seek(max(0, size - TAIL_BYTES))
    if head.startswith(b"PK\3\4") or b"PK\5\6" in file.read(TAIL_BYTES):
        return _zip
    return None


def _zip(file: IO[bytes], size: int, budget: _Budget, depth: int) -> None:
    _require_small_directory(file, size)
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            budget.take_member()
            if member.flag_bits & 0x1:  # Encrypted: nobody here can look, and it can say anything.
                budget.take(member.file_size)
                continue
            _keep_and_look(_member_parts(file, archive, member), budget, depth=depth)


def _member_parts(
    file: IO[bytes], archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> Iterator[bytes]:
    """What a member really unpacks to: zipfile itself stops where the header says, others go on."""
    if member.compress_type != zipfile.ZIP_DEFLATED:
        with archive.open(member) as opened:
            yield from _parts(opened)
        return
    file.seek(member.header_offset)
    local = file.read(30)  # APPNOTE.TXT §4.3.7
    if local[:4] != b"PK\3\4":
        raise zipfile.BadZipFile
    place = file.tell() + int.from_bytes(local[26:28], "little")
    place += int.from_bytes(local[28:30], "little")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflater.eof:
        file.seek(place)
        packed = file.read(PART_BYTES)
        if not packed:
            raise EOFError
        place += len(packed)
        while packed and not inflater.eof:
            yield inflater.decompress(packed, PART_BYTES)
            packed = inflater.unconsumed_tail


def _require_small_directory(file: IO[bytes], size: int) -> None:
    """Look at the end record before a library reads the directory into memory."""
    file.seek(max(0, size - TAIL_BYTES))
    tail = file.read(TAIL_BYTES)
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < 22:
        raise Bomb("broken")
    members = int.from_bytes(tail[place + 10 : place + 12], "little")
    directory = int.from_bytes(tail[place + 12 : place + 16], "little")
    if members == 0xFFFF or directory == 0xFFFFFFFF:
        raise Bomb("too_many_members")  # Zip64: for more than 65,534 members, or 4 GB
    if directory > MAX_DIRECTORY_BYTES:
        raise Bomb("too_many_members")


def _tar(file: IO[bytes], size: int, budget: _Budget, depth: int) -> None:  # noqa: ARG001 - as its siblings
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for member in archive:
            budget.take_member()
            if member.issparse():
                budget.take(member.size)  # Holes that the archive does not hold.
            elif member.isreg() and (inside := archive.extractfile(member)) is not None:
                # Not counted: it lies in the archive as it is.
                _look_into(inside, member.size, budget, depth=depth + 1)


def _gzip(file: IO[bytes], size: int, budget: _Budget, depth: int) -> None:  # noqa: ARG001 - as its siblings
    file.seek(0)
    with gzip.GzipFile(fileobj=file, mode="rb") as opened:
        _keep_and_look(_parts(opened), budget, depth=depth)


def _bzip2(file: IO[bytes], size: int, budget: _Budget, depth: int) -> None:  # noqa: ARG001 - as its siblings
    file.seek(0)
    with bz2.BZ2File(file) as opened:
        _keep_and_look(_parts(opened), budget, depth=depth)


def _xz(file: IO[bytes], size: int, budget: _Budget, depth: int) -> None:  # noqa: ARG001 - as its siblings
    file.seek(0)
    with lzma.LZMAFile(file) as opened:
        _keep_and_look(_parts(opened), budget, depth=depth)


def _parts(opened: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while part := opened.read(PART_BYTES):
        yield part


def _keep_and_look(parts: Iterator[bytes], budget: _Budget, *, depth: int) -> None:
    """Count what is unpacked, and look into it where it is an archive in turn."""
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as kept:
        size = 0
        for part in parts:
            budget.take(len(part))
            size += len(part)
            if size <= MAX_INNER_BYTES:
                kept.write(part)
        if size > MAX_INNER_BYTES:
            # Too much to keep. Where it begins like an archive, nobody looks into it.
            kept.truncate(MAX_INNER_BYTES)
            if _kind_of(kept, MAX_INNER_BYTES) is not None:
                raise Bomb("not_opened")
            return
        _look_into(kept, size, budget, depth=depth + 1)
