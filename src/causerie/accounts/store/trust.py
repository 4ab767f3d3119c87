"""The column of trust."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from causerie.accounts.ports import TrustTable
from causerie.foundation.identity import Trust, UserId
from causerie.foundation.postgres import Database, Queries

_QUERIES = Queries.load("causerie.accounts")


class StoredTrust(TrustTable):
    """``accounts.users.trust``; a trigger raises the revision with each change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def revision(self) -> int:
        async with self._database.connection() as connection:
            return int(await connection.fetchval(_QUERIES["trust_revision"]))

    @override
    async def levels(self, *, limit: int) -> Mapping[UserId, Trust]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["trust_levels"], limit)
        return {UserId(row["id"]): Trust(row["trust"]) for row in rows}
