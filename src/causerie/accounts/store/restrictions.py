"""Who is muted or banned, in PostgreSQL."""

from __future__ import annotations

import msgspec
from typing_extensions import override

from causerie.accounts.model import Notice, Restriction
from causerie.accounts.ports import RestrictionTable
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database, Queries, Record

_QUERIES = Queries.load("causerie.accounts")


class StoredRestrictions(RestrictionTable):
    """The port's table; what writes it is the SQL function ``accounts.restrict``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def in_force(self, *, limit: int) -> list[Restriction]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["restrictions_in_force"], limit)
        return [_restriction(row) for row in rows]

    @override
    async def newest_version(self) -> int:
        async with self._database.connection() as connection:
            return int(await connection.fetchval(_QUERIES["newest_restriction"]))

    @override
    async def changed_since(self, version: int, *, limit: int) -> list[Restriction]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["restrictions_since"], version, limit)
        return [_restriction(row) for row in rows]

    @override
    async def remove_ended(self) -> int:
        async with self._database.connection() as connection:
            return len(await connection.fetch(_QUERIES["remove_ended_restrictions"]))


def _restriction(row: Record) -> Restriction:
    return Restriction(
        user_id=UserId(row["user_id"]),
        muted_until=row["muted_until"],
        banned_until=row["banned_until"],
        notice=msgspec.json.decode(row["notice"], type=Notice),
        version=row["version"],
    )
