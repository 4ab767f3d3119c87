"""Files on this machine's disk for as long as they are worked on: without a name, so that none stays."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from typing_extensions import override

from causerie.files.model import HEAD_BYTES, StoredFile
from causerie.files.ports import LocalFiles, Spool, Spooled, Vault
from causerie.foundation.errors import TooLarge, Unavailable

WRITE_BYTES = 1 << 20  # One hop to a thread for each; what an upload has in memory.
# Beside the embedded database, which dies for good when its log cannot grow (its ballast: 64 MB).
MIN_FREE_BYTES = 256 << 20


class DiskFull(Unavailable):
    """There is no room for another file."""

    def __init__(self) -> None:
        super().__init__("There is no room for files at the moment")


class DiskSpool(Spool):
    """Takes uploads into unnamed files of a folder."""

    def __init__(self, folder: Path, *, min_free_bytes: int = MIN_FREE_BYTES) -> None:
        self._folder = folder
        self._min_free_bytes = min_free_bytes

    @override
    @asynccontextmanager
    async def receive(
        self, body: AsyncIterator[bytes], *, max_bytes: int
    ) -> AsyncIterator[Spooled]:
        with await asyncio.to_thread(_unnamed, self._folder) as file:
            digest = hashlib.sha256()
            head = bytearray()
            size = 0

            async def write(piece: bytes) -> None:
                await asyncio.to_thread(self._write, file, digest, piece)

            waiting = bytearray()
            async for part in body:
                size += len(part)
                if max_bytes and size > max_bytes:
                    raise TooLarge(
                        f"A file has at most {max_bytes} bytes", limit=max_bytes, actual=size
                    )
                head += part[: HEAD_BYTES - len(head)]
                waiting += part
                if len(waiting) >= WRITE_BYTES:
                    await write(bytes(waiting))
                    waiting.clear()
            await write(bytes(waiting))
            yield Spooled(file, size, digest.digest(), bytes(head))

    def _write(self, file: IO[bytes], digest: hashlib._Hash, piece: bytes) -> None:
        space = os.fstatvfs(file.fileno())
        if space.f_bavail * space.f_frsize < self._min_free_bytes + 2 * len(piece):
            raise DiskFull
        digest.update(piece)
        try:
            file.write(piece)
            file.flush()
        except OSError as error:
            raise DiskFull from error


class FetchedFiles(LocalFiles):
    """Stored files: opened where they lie, or fetched into unnamed ones."""

    def __init__(self, vault: Vault, folder: Path) -> None:
        self._vault = vault
        self._folder = folder

    @override
    @asynccontextmanager
    async def open(self, file: StoredFile) -> AsyncIterator[IO[bytes]]:
        here = await self._vault.open_here(file.storage_key)
        if here is not None:
            with here:
                yield here
            return
        with await asyncio.to_thread(_unnamed, self._folder) as fetched:
            try:
                async for piece in self._vault.read(
                    file.storage_key, start=0, length=file.size_bytes
                ):
                    await asyncio.to_thread(fetched.write, piece)
                await asyncio.to_thread(fetched.flush)
            except OSError as error:
                raise DiskFull from error
            yield fetched


def _unnamed(folder: Path) -> IO[bytes]:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return tempfile.TemporaryFile(dir=folder)
    except OSError as error:
        raise DiskFull from error
