"""What was taken back, in PostgreSQL; triggers write it, whichever statement it was."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from causerie.accounts.model import Revocation, RevocationKind
from causerie.accounts.ports import RevocationTable
from causerie.foundation.postgres import Database, Queries

_QUERIES = Queries.load("causerie.accounts")


class StoredRevocations(RevocationTable):
    """The port's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def horizon(self) -> str:
        async with self._database.connection() as connection:
            return str(await connection.fetchval(_QUERIES["revocation_horizon"]))

    @override
    async def since(self, horizon: str, *, limit: int) -> Sequence[Revocation]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["revocations_since"], horizon, limit)
        return [
            Revocation(
                id=row["id"],
                kind=RevocationKind(row["kind"]),
                user_id=row["user_id"],
                name=row["name"] or "",
            )
            for row in rows
        ]

    @override
    async def remove_old(self) -> int:
        async with self._database.connection() as connection:
            return len(await connection.fetch(_QUERIES["remove_old_revocations"]))
