"""Reputations in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from typing_extensions import override

from causerie.foundation.identity import Trust, UserId
from causerie.foundation.postgres import Database, Queries, name_caller
from causerie.moderation.model.reputation import (
    RECENT_REFUSALS_DAYS,
    RECENT_REPORTS_DAYS,
    Facts,
    Reputation,
)
from causerie.moderation.ports import Key, ReputationStore, Standing
from causerie.moderation.store.keys import keep, replayed

_QUERIES = Queries.load("causerie.moderation")


class PostgresReputations(ReputationStore):
    """The port's table, and accounts' functions about trust."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def facts(self, *, after: UserId, limit: int, now: datetime) -> Sequence[Facts]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["facts_of_conduct"],
                after,
                limit,
                now,
                now - timedelta(days=RECENT_REFUSALS_DAYS),
                now - timedelta(days=RECENT_REPORTS_DAYS),
            )
        return [
            Facts(
                UserId(row["id"]),
                row["created_at"],
                points=row["points"],
                is_sanctioned=row["is_sanctioned"],
                refused=row["refused"],
                upheld=row["upheld"],
                right_reports=row["right_reports"],
                wrong_reports=row["wrong_reports"],
            )
            for row in rows
        ]

    @override
    async def put(self, reputations: Sequence[Reputation], *, at: datetime) -> Sequence[UserId]:
        async with self._database.transaction() as tx:
            ids = [reputation.user_id for reputation in reputations]
            await tx.execute(
                _QUERIES["put_reputations"],
                ids,
                [reputation.score for reputation in reputations],
                [msgspec.json.encode(reputation.parts).decode() for reputation in reputations],
                at,
            )
            rows = await tx.fetch(
                _QUERIES["judge_trust"], ids, [reputation.trust for reputation in reputations]
            )
        return [UserId(row["id"]) for row in rows]

    @override
    async def standing(self, user_id: UserId) -> Standing | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["trust_of"], user_id)
        if row is None or row["trust"] is None:
            return None
        return Standing(Trust(row["trust"]), row["is_pinned"])

    @override
    async def pin(self, user_id: UserId, trust: Trust | None, *, key: Key | None) -> bool:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            if await replayed(tx, key) is not None:
                return True
            await keep(tx, key, user_id)
            return bool(await tx.fetchval(_QUERIES["pin_trust"], user_id, trust))
