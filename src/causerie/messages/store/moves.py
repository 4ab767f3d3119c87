"""What happened around messages lately, for who did not hear of it."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from causerie.conversations import Kind
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from causerie.messages.events import ScheduledChanged, ThreadAttended, ThreadRead
from causerie.messages.model import Attention
from causerie.messages.ports import Moves
from causerie.messages.store.scheduled import to_scheduled
from causerie.messages.store.tables import QUERIES


class StoredMoves(Moves):
    """By the moments in the rows, on the clock of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def threads_since(
        self, users: Sequence[UserId], *, seconds: float
    ) -> Sequence[ThreadAttended | ThreadRead]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["threads_since"], users, seconds)
        found: list[ThreadAttended | ThreadRead] = []
        for row in rows:
            place = (row["root_id"], row["conversation_id"], Kind(row["kind"]), row["user_id"])
            found.append(ThreadAttended(*place, Attention(row["attention"])))
            if row["read_seq"]:
                found.append(ThreadRead(*place, row["read_seq"], row["unread"]))
        return found

    @override
    async def scheduled_since(
        self, users: Sequence[UserId], *, seconds: float
    ) -> Sequence[ScheduledChanged]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["scheduled_since"], users, seconds)
        return [ScheduledChanged(to_scheduled(row)) for row in rows]
