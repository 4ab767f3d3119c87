"""The chains in PostgreSQL, as whoever signs and checks them sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from typing_extensions import override

from causerie.audit.model import Archive, Chain, Checkpoint, Link
from causerie.audit.ports import ChainStore
from causerie.audit.store.tables import QUERIES
from causerie.foundation.postgres import Database, Record

ROWS_AT_ONCE = 2_000  # Some 2 MB.


class StoredChains(ChainStore):
    """The port's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def links(self, chain: Chain, *, after: int, upto: int) -> AsyncIterator[Link]:
        while True:
            async with self._database.connection() as connection:
                rows = await connection.fetch(
                    QUERIES[f"links_of_{chain}"], after, upto, ROWS_AT_ONCE
                )
            for row in rows:
                yield _link(row)
            if len(rows) < ROWS_AT_ONCE:
                return
            after = rows[-1]["id"]

    @override
    async def link(self, chain: Chain, row_id: int) -> Link | None:
        async for link in self.links(chain, after=row_id - 1, upto=row_id):
            return link
        return None

    @override
    async def newest(self, chain: Chain) -> int:
        async with self._database.connection() as connection:
            return int(await connection.fetchval(QUERIES[f"newest_of_{chain}"]))

    @override
    async def newest_checkpoint(self, chain: Chain) -> Checkpoint | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["newest_checkpoint"], chain)
        return None if row is None else _checkpoint(row)

    @override
    async def checkpoints(self, chain: Chain) -> Sequence[Checkpoint]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["checkpoints"], chain)
        return [_checkpoint(row) for row in rows]

    @override
    async def newest_archive(self, chain: Chain) -> Archive | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["newest_archive"], chain)
        if row is None:
            return None
        return Archive(
            chain=chain,
            last_id=row["last_id"],
            hash=row["hash"],
            made_at=row["made_at"],
            file_hash=row["file_hash"],
            signature=row["signature"],
        )

    @override
    async def add_checkpoint(self, checkpoint: Checkpoint) -> bool:
        async with self._database.connection() as connection:
            added = await connection.fetchval(
                QUERIES["add_checkpoint"],
                checkpoint.chain,
                checkpoint.first_id,
                checkpoint.last_id,
                checkpoint.hashes,
                checkpoint.made_at,
                checkpoint.signature,
            )
        return bool(added)


def _link(row: Record) -> Link:
    return Link(row["id"], row["previous"], row["hash"], tuple(row["parts"]))


def _checkpoint(row: Record) -> Checkpoint:
    return Checkpoint(
        chain=Chain(row["chain"]),
        first_id=row["first_id"],
        last_id=row["last_id"],
        hashes=row["hashes"],
        made_at=row["made_at"],
        signature=row["signature"],
    )
