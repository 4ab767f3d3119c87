"""How far users were given what waited, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.postgres import Database, Queries

_QUERIES = Queries.load("causerie.dialects.phoenix")


class Deliveries:
    """One number for each direct chat of a user, and one of what they were told. All may raise ``Unavailable``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def upto(
        self, user_id: UserId, conversations: Sequence[ConversationId]
    ) -> Mapping[ConversationId, int]:
        """The last ``seq`` that the user was given, of those conversations in which there was any."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["delivered"], user_id, list(conversations))
        return {ConversationId(row["conversation_id"]): row["seq"] for row in rows}

    async def note(self, user_id: UserId, upto: Mapping[ConversationId, int]) -> None:
        """Note what the user was given."""
        async with self._database.connection() as connection:
            await connection.execute(
                _QUERIES["note_delivered"], user_id, list(upto), list(upto.values())
            )

    async def told(self, user_id: UserId) -> int:
        """The last notification that the user was given; 0 where there was none."""
        async with self._database.connection() as connection:
            return int(await connection.fetchval(_QUERIES["told"], user_id) or 0)

    async def note_told(self, user_id: UserId, notice_id: int) -> None:
        """Note what the user was given."""
        async with self._database.connection() as connection:
            await connection.execute(_QUERIES["note_told"], user_id, notice_id)
