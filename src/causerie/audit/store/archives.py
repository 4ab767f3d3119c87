"""Archives in PostgreSQL; as the tables' owner, since nobody else may remove a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from typing_extensions import override

from causerie.audit.model import Archive, Chain
from causerie.audit.ports import Archives
from causerie.audit.store.tables import QUERIES
from causerie.foundation.postgres import Database, Record, name_caller


class StoredArchives(Archives):
    """The port's tables; ``database`` is the owner's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def last_before(self, chain: Chain, before: datetime) -> int:
        async with self._database.connection() as connection:
            return int(await connection.fetchval(QUERIES[f"last_before_of_{chain}"], before))

    @override
    async def all(self, chain: Chain) -> Sequence[Archive]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["archives"], chain)
        return [to_archive(row) for row in rows]

    @override
    async def remove(self, archive: Archive) -> int:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            await tx.execute(
                QUERIES["add_archive"],
                archive.chain,
                archive.last_id,
                archive.hash,
                archive.made_at,
                archive.file_hash,
                archive.signature,
            )
            target = f"{archive.chain}:{archive.last_id}"
            await tx.execute(
                QUERIES["record"], "audit.archived", target, "critical", None, None, None, None
            )
            rows = await tx.fetch(QUERIES[f"remove_of_{archive.chain}"], archive.last_id)
        return len(rows)


def to_archive(row: Record) -> Archive:
    """Read an archive from a row of ``audit.archives``."""
    return Archive(
        chain=Chain(row["chain"]),
        last_id=row["last_id"],
        hash=row["hash"],
        made_at=row["made_at"],
        file_hash=row["file_hash"],
        signature=row["signature"],
    )
