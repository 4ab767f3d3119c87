"""The table of files in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from typing_extensions import override

from causerie.files.errors import NotAnAvatar, OverQuota
from causerie.files.model import (
    Arrival,
    FileId,
    FileState,
    MediaType,
    Settled,
    StoredFile,
    Verdict,
)
from causerie.files.ports import Deed, FileTable
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import (
    Connection,
    Database,
    Queries,
    Record,
    claim,
    fingerprint,
    settle,
)

FIRST_RETRY_SECONDS = 5.0  # A scanner that is restarted is there again by then.
LAST_RETRY_SECONDS = 600.0  # Who mends it by hand waits ten minutes at most.
ARRIVING_SECONDS = 3600.0  # Six times what storing a file may take.
UNPOSTED_SECONDS = 24 * 3600.0  # A draft that is finished the next morning.
MAX_SETTLE_TRIES = 5  # A file is posted once: the second finds it so.

_QUERIES = Queries.load("causerie.files")


class PostgresFiles(FileTable):
    """The port's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- arriving --------------------------------------------------------------------------------

    @override
    async def used_bytes(self, user_id: UserId) -> int:
        async with self._database.connection() as connection:
            return int(await connection.fetchval(_QUERIES["used_bytes"], user_id))

    @override
    async def add(self, arrival: Arrival, *, quota_bytes: int) -> FileId:
        async with self._database.transaction() as tx:
            if quota_bytes:
                await tx.execute(_QUERIES["hold_quota"], arrival.uploader_id)
                used = await tx.fetchval(_QUERIES["used_bytes"], arrival.uploader_id)
                if used + arrival.size_bytes > quota_bytes:
                    raise OverQuota(limit=quota_bytes, actual=used + arrival.size_bytes)
            return FileId(
                await tx.fetchval(
                    _QUERIES["add"],
                    arrival.uploader_id,
                    arrival.name,
                    arrival.media_type,
                    arrival.size_bytes,
                    arrival.sha256,
                    arrival.storage_key,
                )
            )

    @override
    async def arrive(
        self, file_id: FileId, arrival: Arrival, *, key: str | None
    ) -> tuple[FileId, bool]:
        async with self._database.transaction() as tx:
            owner = arrival.uploader_id
            if key is not None:
                print_ = fingerprint(arrival.name, arrival.size_bytes, arrival.sha256.hex())
                first = await claim(
                    tx, user_id=owner, key=key, operation="upload_file", fingerprint=print_
                )
                if first is not None:
                    return FileId(first), False
                await settle(tx, user_id=owner, key=key, result=file_id)
            await tx.execute(_QUERIES["arrive"], file_id)
        return file_id, True

    # --- reading ---------------------------------------------------------------------------------

    @override
    async def find(self, file_id: FileId, *, viewer: UserId) -> StoredFile | None:
        async with self._database.reading_as(viewer) as connection:
            return _maybe(await connection.fetchrow(_QUERIES["find"], file_id))

    @override
    async def find_any(self, file_id: FileId) -> StoredFile | None:
        async with self._database.connection() as connection:
            return _maybe(await connection.fetchrow(_QUERIES["find_any"], file_id))

    @override
    async def find_many(self, ids: Sequence[FileId], *, viewer: UserId) -> Sequence[StoredFile]:
        async with self._database.reading_as(viewer) as connection:
            rows = await connection.fetch(_QUERIES["find_many"], list(ids))
        return [_file(row) for row in rows]

    @override
    async def to_review(self, *, before: int, limit: int) -> Sequence[StoredFile]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["to_review"], before, limit)
        return [_file(row) for row in rows]

    # --- changing --------------------------------------------------------------------------------

    @override
    async def remove_unposted(self, file_id: FileId, *, deed: Deed) -> bool:
        async with self._database.transaction() as tx:
            if await _was_done(tx, deed, file_id):
                return True
            tag = await tx.execute(_QUERIES["remove_unposted"], file_id, deed.actor)
        return tag.endswith(" 1")

    @override
    async def find_avatar(self, user_id: UserId) -> StoredFile | None:
        async with self._database.connection() as connection:
            return _maybe(await connection.fetchrow(_QUERIES["find_avatar"], user_id))

    @override
    async def show_avatar(self, file_id: FileId, *, deed: Deed) -> bool:
        async with self._database.transaction() as tx:
            if await _was_done(tx, deed, file_id):
                return False
            if not await tx.fetchval(_QUERIES["show_avatar"], deed.actor, file_id):
                raise NotAnAvatar  # and the key stays free
        return True

    @override
    async def hide_avatar(self, *, deed: Deed) -> bool:
        async with self._database.transaction() as tx:
            if await _was_done(tx, deed, FileId(0)):
                return False
            tag = await tx.execute(_QUERIES["hide_avatar"], deed.actor)
        return tag.endswith(" 1")

    @override
    async def take_due(self, *, lease_seconds: float) -> StoredFile | None:
        async with self._database.connection() as connection:
            return _maybe(await connection.fetchrow(_QUERIES["take_due"], lease_seconds))

    @override
    async def put_off(self, file_id: FileId, reason: str) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                _QUERIES["put_off"], file_id, reason, FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS
            )

    @override
    async def settle(
        self, file_id: FileId, verdict: Verdict, *, deed: Deed | None = None
    ) -> Settled | None:
        for _ in range(MAX_SETTLE_TRIES):
            try:
                return await self._settle(file_id, verdict, deed)
            except _PostedMeanwhileError:
                continue
        raise RuntimeError("a file was posted again and again")

    async def _settle(self, file_id: FileId, verdict: Verdict, deed: Deed | None) -> Settled | None:
        async with self._database.transaction() as tx:
            if deed is not None and await _was_done(tx, deed, file_id):
                return None
            row = await tx.fetchrow(
                _QUERIES["settle"],
                file_id,
                verdict.state.value,
                verdict.reason,
                verdict.width,
                verdict.height,
                verdict.thumbnail_bytes,
            )
            if row is None or row["is_settled"] is None:
                raise _PostedMeanwhileError
            if not row["is_settled"]:
                return None
            file = _maybe(await tx.fetchrow(_QUERIES["find_any"], file_id))
        return None if file is None else Settled(file, row["rev"], row["last_seq"])

    # --- sweeping --------------------------------------------------------------------------------

    @override
    async def expire(self) -> None:
        async with self._database.connection() as connection:
            await connection.execute(_QUERIES["expire"], ARRIVING_SECONDS, UNPOSTED_SECONDS)

    @override
    async def to_purge(self, *, limit: int) -> Sequence[tuple[FileId, str]]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["to_purge"], limit)
        return [(FileId(row["id"]), row["storage_key"]) for row in rows]

    @override
    async def purged(self, file_id: FileId) -> None:
        async with self._database.connection() as connection:
            await connection.execute(_QUERIES["purged"], file_id)


class _PostedMeanwhileError(Exception):
    """The conversation has to be locked before the file: from the beginning."""


async def _was_done(tx: Connection, deed: Deed, file_id: FileId) -> bool:
    """Claim the deed's key, if there is one. Raises ``Conflict``."""
    if deed.key is None:
        return False
    known = await claim(
        tx,
        user_id=deed.actor,
        key=deed.key,
        operation=deed.operation,
        fingerprint=fingerprint(file_id),
    )
    if known is None:
        await settle(tx, user_id=deed.actor, key=deed.key, result=file_id)
    return known is not None


def _maybe(row: Record | None) -> StoredFile | None:
    return None if row is None else _file(row)


def _file(row: Record) -> StoredFile:
    kinds = {"state": FileState(row["state"]), "media_type": MediaType(row["media_type"])}
    named = {name: row[name] for name in _COLUMNS}
    return StoredFile(**(named | kinds))


_COLUMNS = tuple(field.name for field in msgspec.structs.fields(StoredFile))
