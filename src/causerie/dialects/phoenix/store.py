"""How far users were given what waited, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.postgres import Database, Queries

_QUERIES = Queries.load("causerie.dialects.phoenix")


class Deliveries:
    """One number for each direct chat of a user. Both methods may raise ``Unavailable``."""

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
