"""Objects by their keys, through obstore: one API for a folder and for S3.

Its blocking functions on threads of ours and not its asynchronous ones: those finish on threads of
its runtime, and a process that ends in that moment is aborted (seen in 1 of 3 runs of a script that
asks for what is not there and ends).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

import msgspec
import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from causerie.foundation.errors import NotFound, Unavailable
from causerie.foundation.telemetry import metrics

if TYPE_CHECKING:  # The library has it for types only.
    from obstore.store import S3Config

log = structlog.get_logger()

PIECE_BYTES = (
    256 * 1024
)  # What is in memory of a file on its way out: ten thousand readers, 2.5 GB.
PART_BYTES = 5 << 20  # The least that S3 takes as a part of many.
PARTS_AT_ONCE = 2  # 10 MiB of an upload to S3 are in memory.
MAX_THREADS = 8  # Objects under way at once; further ones wait.
CONNECT_TIMEOUT = "3s"
REQUEST_TIMEOUT = "30s"  # A part or a piece: at 200 KB/s the part is through.
RETRY_SECONDS = 10.0  # Then the caller hears that the storage is away.
MAX_RETRIES = 3

T = TypeVar("T")


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket of S3, or of what speaks its protocol; without keys they come from the machine."""

    name: str
    region: str
    endpoint: str | None = None
    access_key: str | None = None
    secret_key: str | None = None


class StorageAway(Unavailable):
    """The storage of files does not answer, refuses us, or is full."""

    def __init__(self) -> None:
        super().__init__("The storage of files is not reachable at the moment")


class Objects:
    """Objects of one store. Every method raises ``StorageAway``."""

    def __init__(self, store: LocalStore | S3Store, *, folder: Path | None) -> None:
        self._store = store
        self._folder = folder
        self.is_up = True  # as far as the last that was asked of it says
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="objects")

    async def put_file(self, key: str, file: IO[bytes]) -> None:
        """Store a file from its beginning, whole or not at all; read in parts of 5 MiB."""
        await self._run("put", lambda: self._put(key, file))

    async def put(self, key: str, content: bytes) -> None:
        """Store a few bytes."""
        await self._run("put", lambda: self._put(key, content))

    async def read(self, key: str, *, start: int, length: int) -> AsyncIterator[bytes]:
        """Give a stretch of an object, a piece after the other. Raises ``NotFound``."""
        end = start + length
        while start < end:
            piece = await self._piece(key, start, min(PIECE_BYTES, end - start))
            if not piece:  # Shorter than its books say: whoever reads must not take it for whole.
                raise StorageAway
            start += len(piece)
            yield piece

    async def open_here(self, key: str) -> IO[bytes] | None:
        """Open an object that lies on this machine; None: it lies elsewhere. Raises ``NotFound``."""
        folder = self._folder
        return None if folder is None else await self._open(folder / key)

    async def delete(self, key: str) -> None:
        """Remove an object; one that is not there is removed."""
        with contextlib.suppress(NotFound):
            await self._run("delete", lambda: obstore.delete(self._store, key))

    def close(self) -> None:
        """Let the threads go; what is under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _put(self, key: str, content: IO[bytes] | bytes) -> None:
        if not isinstance(content, bytes):
            content.seek(0)
        obstore.put(self._store, key, content, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        if self._folder is not None:
            # Kept through a power cut: what is acknowledged next is the row that names it.
            _sync(self._folder / key)
            _sync((self._folder / key).parent)

    async def _piece(self, key: str, start: int, length: int) -> bytes:
        def read() -> bytes:
            return bytes(obstore.get_range(self._store, key, start=start, length=length))

        return await self._run("read", read)

    async def _open(self, path: Path) -> IO[bytes]:
        return await self._run("read", lambda: path.open("rb"))

    async def _run(self, operation: str, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        try:
            done = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (BaseError, OSError, ValueError) as error:
            if isinstance(error, FileNotFoundError) and not _is_store_missing(operation, error):
                raise NotFound("file") from error
            metrics.STORAGE_FAILURES.labels(operation).inc()
            log.warning("storage_failed", error=type(error).__name__)
            self.is_up = False
            raise StorageAway from error
        self.is_up = True
        metrics.STORAGE_SECONDS.labels(operation).observe(time.perf_counter() - began)
        return done


def _is_store_missing(operation: str, error: FileNotFoundError) -> bool:
    """Tell a bucket that is not there from an object: what is stored is never what is missing."""
    return operation == "put" or "<Code>NoSuchBucket</Code>" in str(error)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_folder(folder: Path) -> Objects:
    """Objects as files of a folder, which is made; nobody else may enter it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Objects(LocalStore(prefix=folder), folder=folder)


def open_bucket(bucket: Bucket) -> Objects:
    """Objects in a bucket, which is there. Nothing is asked of it yet."""
    config: S3Config = {
        "region": bucket.region,
        # A server of one's own has no name for each bucket.
        "virtual_hosted_style_request": bucket.endpoint is None,
    }
    if bucket.endpoint is not None:
        config["endpoint"] = bucket.endpoint
    if bucket.access_key is not None and bucket.secret_key is not None:
        config["access_key_id"] = bucket.access_key
        config["secret_access_key"] = bucket.secret_key
    store = S3Store(
        bucket.name,
        config=config,
        client_options={
            "allow_http": bucket.endpoint is not None and bucket.endpoint.startswith("http:"),
            "connect_timeout": CONNECT_TIMEOUT,
            "timeout": REQUEST_TIMEOUT,
        },
        retry_config={
            "max_retries": MAX_RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_SECONDS),
        },
    )
    return Objects(store, folder=None)
