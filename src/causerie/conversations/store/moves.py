"""What happened to members lately, for who did not hear of it."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from causerie.conversations.events import ReadMoved
from causerie.conversations.model import Kind
from causerie.conversations.ports import Moves, Seat
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.postgres import Database, Queries

_QUERIES = Queries.load("causerie.conversations")


class StoredMoves(Moves):
    """By the moments in the rows, on the clock of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def seats_since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[Seat]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["seats_since"], users, seconds)
        return [Seat(**row) for row in rows]

    @override
    async def reads_since(
        self, ids: Sequence[ConversationId], *, seconds: float
    ) -> Sequence[ReadMoved]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["reads_since"], ids, seconds)
        return [
            ReadMoved(
                row["conversation_id"],
                Kind(row["kind"]),
                row["user_id"],
                row["read_seq"],
                row["member_count"],
                row["is_discreet"],
            )
            for row in rows
        ]

    @override
    async def shown_since(self, *, seconds: float) -> Sequence[UserId]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["shown_since"], seconds)
        return [row["id"] for row in rows]
