"""The index of words in PostgreSQL: filled behind the messages."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from causerie.foundation.identity import ConversationId
from causerie.foundation.postgres import Database, Queries
from causerie.messages.ports import SearchIndex

QUERIES = Queries.load("causerie.messages", "search.sql")


class PostgresSearchIndex(SearchIndex):
    """Each method is one statement, which is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def behind(self, *, limit: int) -> Sequence[ConversationId]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["behind"], limit)
        return [row["id"] for row in rows]

    @override
    async def index_some(
        self, conversation_ids: Sequence[ConversationId], *, limit: int
    ) -> tuple[int, Sequence[ConversationId]]:
        async with self._database.connection() as connection:
            (row,) = await connection.fetch(QUERIES["index_some"], conversation_ids, limit)
        return row["indexed"], row["unfinished"]
