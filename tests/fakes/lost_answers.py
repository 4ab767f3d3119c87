"""A database whose answer to a commit is lost on the way."""

from __future__ import annotations

import asyncpg
from typing_extensions import override

from causerie.foundation.postgres import Connection, Database, Record


class BreaksAfterFetch:
    """A connection that breaks after its first fetch was committed and before that is answered."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    async def fetch(self, query: str, *args: object) -> list[Record]:
        await self._connection.fetch(query, *args)
        self._connection.terminate()
        raise asyncpg.ConnectionDoesNotExistError("the answer was lost")


class LosesAnswers(Database):
    """A database that loses the answer to the writer's first batch."""

    has_lost = False

    @override
    async def dedicated(self, *, statement_timeout_seconds: float | None = None) -> Connection:
        connection = await super().dedicated(statement_timeout_seconds=statement_timeout_seconds)
        if self.has_lost:
            return connection
        self.has_lost = True
        return BreaksAfterFetch(connection)  # type: ignore[return-value] # as good as one
