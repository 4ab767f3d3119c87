"""Read positions, by the functions of conversations' schema."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from causerie.conversations import Kind, ReadMoved
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.postgres import Database, Queries, claim, fingerprint, settle
from causerie.receipts.model.unread import Position, Receipt
from causerie.receipts.ports import Positions

_QUERIES = Queries.load("causerie.receipts")


class PostgresPositions(Positions):
    """Each method is one statement, or one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def unread(self, user_id: UserId) -> Sequence[tuple[Kind, Position]]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["unread"], user_id)
        return [
            (
                Kind(row["kind"]),
                Position(user_id, row["conversation_id"], row["read_seq"], row["last_seq"]),
            )
            for row in rows
        ]

    @override
    async def read_all(self, user_id: UserId, *, key: str | None) -> Sequence[ReadMoved]:
        async with self._database.transaction() as tx:
            if key is not None:
                known = await claim(
                    tx, user_id=user_id, key=key, operation="read_all", fingerprint=fingerprint()
                )
                if known is not None:
                    return ()
                await settle(tx, user_id=user_id, key=key, result=user_id)
            rows = await tx.fetch(_QUERIES["read_all"], user_id)
        return [
            ReadMoved(
                row["conversation_id"],
                Kind(row["kind"]),
                user_id,
                row["seq"],
                row["member_count"],
                row["is_discreet"],
            )
            for row in rows
        ]

    @override
    async def readers(self, conversation_id: ConversationId, *, limit: int) -> Sequence[Receipt]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["readers"], conversation_id, limit)
        return [Receipt(row["user_id"], row["seq"]) for row in rows]

    @override
    async def after(
        self, conversation_id: ConversationId, user_id: UserId, *, limit: int
    ) -> Sequence[Position]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["positions_after"], conversation_id, user_id, limit
            )
        return [Position(**row) for row in rows]
