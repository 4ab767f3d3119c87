"""The table of what admins changed about limits."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from typing_extensions import override

from causerie.foundation.identity import Trust, UserId
from causerie.foundation.postgres import (
    Connection,
    Database,
    Queries,
    Record,
    claim,
    fingerprint,
    name_caller,
    settle,
)
from causerie.limits.model import Action, Algorithm, RuleChange
from causerie.limits.ports import RuleStore

_QUERIES = Queries.load("causerie.limits")


class StoredRules(RuleStore):
    """``limits.rules``; a trigger raises the revision with each change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def revision(self) -> int:
        async with self._database.connection() as connection:
            return int(await connection.fetchval(_QUERIES["revision"]))

    @override
    async def changes(self) -> Mapping[Action, RuleChange]:
        async with self._database.connection() as connection:
            return await _changes(connection)

    @override
    async def change(
        self, action: Action, change: RuleChange, *, by: UserId | None, key: str | None
    ) -> RuleChange | None:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            asked = fingerprint(action, change)
            if not await _is_fresh(tx, by=by, key=key, operation="change_limit", asked=asked):
                return None
            await tx.execute(_QUERIES["lock_rules"])
            earlier = (await _changes(tx)).get(action, RuleChange())
            both = change.after(earlier)
            await tx.execute(
                _QUERIES["put_rule"],
                action,
                both.amount,
                both.period_seconds,
                both.burst,
                both.algorithm,
                None if both.factors is None else msgspec.json.encode(both.factors).decode(),
                by,
            )
            return both

    @override
    async def reset(self, action: Action, *, by: UserId | None, key: str | None) -> bool:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            asked = fingerprint(action)
            if not await _is_fresh(tx, by=by, key=key, operation="reset_limit", asked=asked):
                return False
            return bool(await tx.fetchval(_QUERIES["remove_rule"], action))


async def _changes(connection: Connection) -> dict[Action, RuleChange]:
    rows = await connection.fetch(_QUERIES["rules"])
    # A row may be of a newer version beside this one, whose catalogue has more.
    return {Action(row["action"]): _change(row) for row in rows if row["action"] in set(Action)}


def _change(row: Record) -> RuleChange:
    factors = row["factors"]
    return RuleChange(
        amount=row["amount"],
        period_seconds=row["period_seconds"],
        burst=row["burst"],
        algorithm=None if row["algorithm"] is None else Algorithm(row["algorithm"]),
        factors=None if factors is None else msgspec.json.decode(factors, type=dict[Trust, float]),
    )


async def _is_fresh(
    tx: Connection, *, by: UserId | None, key: str | None, operation: str, asked: bytes
) -> bool:
    """Say whether this is to be done: there is no key, or it is used for the first time."""
    if by is None or key is None:
        return True
    first = await claim(tx, user_id=by, key=key, operation=operation, fingerprint=asked)
    if first is not None:
        return False
    await settle(tx, user_id=by, key=key, result=by)
    return True
