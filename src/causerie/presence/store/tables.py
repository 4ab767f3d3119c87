"""What lasts of presence, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from typing_extensions import override

from causerie.conversations import Kind
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database, Queries, claim, fingerprint, settle
from causerie.presence.model import Choice, Status
from causerie.presence.ports import Records

_QUERIES = Queries.load("causerie.presence")


class PostgresRecords(Records):
    """One row a person who ever was there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def choose(
        self, user_id: UserId, status: Status, *, active_at: float, key: str | None
    ) -> int | None:
        async with self._database.transaction() as tx:
            if key is not None:
                known = await claim(
                    tx,
                    user_id=user_id,
                    key=key,
                    operation="set_presence",
                    fingerprint=fingerprint(status),
                )
                if known is not None:
                    return None
            number: int = await tx.fetchval(_QUERIES["choose"], user_id, status, _moment(active_at))
            await tx.execute(_QUERIES["set_discreet"], user_id, status is Status.INVISIBLE)
            if key is not None:
                await settle(tx, user_id=user_id, key=key, result=user_id)
        return number

    @override
    async def choices_of(self, users: Sequence[UserId]) -> Mapping[UserId, Choice]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["choices_of"], users)
        return {row["user_id"]: Choice(Status(row["chosen"]), row["choices"]) for row in rows}

    @override
    async def choosers_since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[UserId]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["choosers_since"], users, seconds)
        return [row["user_id"] for row in rows]

    @override
    async def note_active(self, moments: Mapping[UserId, float]) -> None:
        # In the order of the ids: two nodes that note the same people cannot deadlock.
        noted = sorted(moments.items())
        async with self._database.connection() as connection:
            await connection.execute(
                _QUERIES["note_active"],
                [user_id for user_id, _ in noted],
                [_moment(moment) for _, moment in noted],
            )

    @override
    async def last_active(self, users: Sequence[UserId]) -> Mapping[UserId, float]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["last_active"], users)
        return {row["user_id"]: row["last_active_at"].timestamp() for row in rows}

    @override
    async def kind_of(self, topic: int) -> Kind:
        async with self._database.connection() as connection:
            return Kind(await connection.fetchval(_QUERIES["kind_of"], topic))

    @override
    async def share_a_conversation(self, one: UserId, other: UserId) -> bool:
        async with self._database.connection() as connection:
            return bool(await connection.fetchval(_QUERIES["share"], one, other))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
