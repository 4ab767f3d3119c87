"""Archives that nobody should unpack, made when they are wanted."""

from __future__ import annotations

import io
import tarfile
import zipfile

NOTHING = bytes(4 << 20)  # shrinks to a thousandth


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return written.getvalue()


def nested(depth: int, content: bytes = b"hello") -> bytes:
    """Archives in archives, so many around the content."""
    for _ in range(depth):
        content = zipped(("inner.zip", content), method=zipfile.ZIP_STORED)
    return content


def with_lying_size(archive: bytes) -> bytes:
    """A zip of one member whose headers say that it holds a single byte."""
    real = len(NOTHING).to_bytes(4, "little")
    return archive.replace(real, (1).to_bytes(4, "little"))


def sparse_tar(size: int) -> bytes:
    """A tar whose one file is a hole of this size, as old GNU tar writes it."""
    info = tarfile.TarInfo("hole")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"%011o\0" % size  # the real size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1024)
