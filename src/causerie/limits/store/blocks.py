"""The table of blocks: all there ever were, until the history is too old to matter."""

from __future__ import annotations

from datetime import datetime, timedelta

from typing_extensions import override

from causerie.foundation.identity import UserId
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
from causerie.limits.model import (
    BY_HAND,
    LADDER_SECONDS,
    Block,
    Offence,
    Scope,
    Subject,
    next_step,
)
from causerie.limits.ports import BlockStore

_QUERIES = Queries.load("causerie.limits")


class StoredBlocks(BlockStore):
    """``limits.blocks``; a trigger raises the revision with each change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def punish(self, offence: Offence, *, at: datetime) -> tuple[Block, bool]:
        subject = offence.subject
        async with self._database.transaction() as tx:
            await name_caller(tx)
            await tx.execute(_QUERIES["lock_subject"], f"{subject.scope}:{subject.id}")
            row = await tx.fetchrow(_QUERIES["latest_block"], subject.scope, subject.id)
            last = None if row is None else _block(row)
            if last is not None and last.until > at:
                return last, False
            step = next_step(last, at)
            until = at + timedelta(seconds=LADDER_SECONDS[step - 1])
            made = await tx.fetchrow(
                _QUERIES["add_block"],
                subject.scope,
                subject.id,
                step,
                offence.rule,
                offence.score,
                offence.reason,
                at,
                until,
                None,
            )
            return _block(_there(made)), True

    @override
    async def place(
        self,
        subject: Subject,
        *,
        reason: str,
        by: UserId | None,
        at: datetime,
        until: datetime,
        key: str | None,
    ) -> tuple[Block, bool]:
        asked = fingerprint(subject, reason, (until - at).total_seconds())
        async with self._database.transaction() as tx:
            await name_caller(tx)
            if key is not None and by is not None:
                first = await claim(
                    tx, user_id=by, key=key, operation="place_block", fingerprint=asked
                )
                if first is not None:
                    return _block(_there(await tx.fetchrow(_QUERIES["get_block"], first))), False
            made = await tx.fetchrow(
                _QUERIES["add_block"],
                subject.scope,
                subject.id,
                0,
                BY_HAND,
                0.0,
                reason,
                at,
                until,
                by,
            )
            block = _block(_there(made))
            if key is not None and by is not None:
                await settle(tx, user_id=by, key=key, result=block.id)
            return block, True

    @override
    async def lift(
        self, block_id: int, *, by: UserId | None, at: datetime, key: str | None
    ) -> tuple[Block, bool] | None:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            if by is not None and key is not None:
                first = await claim(
                    tx,
                    user_id=by,
                    key=key,
                    operation="lift_block",
                    fingerprint=fingerprint(block_id),
                )
                if first is None:
                    await settle(tx, user_id=by, key=key, result=block_id)
            lifted = await tx.fetchrow(_QUERIES["lift_block"], block_id, at, by)
            if lifted is not None:
                return _block(lifted), True
            return await _as_it_is(tx, block_id)

    @override
    async def list(
        self, *, active: bool, before: int | None, limit: int, at: datetime
    ) -> list[Block]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["active_blocks" if active else "blocks"], before, limit, at
            )
        return [_block(row) for row in rows]


async def _as_it_is(tx: Connection, block_id: int) -> tuple[Block, bool] | None:
    row = await tx.fetchrow(_QUERIES["get_block"], block_id)
    return None if row is None else (_block(row), False)


def _there(row: Record | None) -> Record:
    if row is None:
        raise RuntimeError("a statement that always gives a row gave none")
    return row


def _block(row: Record) -> Block:
    return Block(
        id=row["id"],
        subject=Subject(Scope(row["scope"]), row["subject"]),
        step=row["step"],
        rule=row["rule"],
        score=row["score"],
        reason=row["reason"],
        placed_at=row["placed_at"],
        until=row["until_at"],
        by=row["placed_by"],
        lifted_at=row["lifted_at"],
        lifted_by=row["lifted_by"],
    )
