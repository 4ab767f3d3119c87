"""What receipts ask of the messages' tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import override

from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.foundation.postgres import Database, Queries, Record
from causerie.receipts import Position, Recount, Roots, Tallies, Tally, ThreadTally

_QUERIES = Queries.load("causerie.messages")


class PostgresTallies(Tallies):
    """Each method is one statement, and so from one moment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def behind(
        self, user_id: UserId, positions: Sequence[Position]
    ) -> Mapping[ConversationId, Tally]:
        if not positions:
            return {}
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["tallies"], user_id, *_columns(positions)[1:])
        mentions: dict[ConversationId, int] = {}
        threads: dict[ConversationId, list[ThreadTally]] = {}
        for row in rows:
            here = row["conversation_id"]
            if row["root_id"] is None:
                mentions[here] = row["mentions"]
            else:
                tally = ThreadTally(MessageId(row["root_id"]), row["unread"], row["mentions"])
                threads.setdefault(here, []).append(tally)
        return {
            here: Tally(mentions.get(here, 0), threads.get(here, ()))
            for here in mentions.keys() | threads.keys()
        }

    @override
    async def recount(self, positions: Sequence[Position]) -> Sequence[Recount]:
        async with self._database.connection() as connection:
            rows: list[Record] = await connection.fetch(_QUERIES["recount"], *_columns(positions))
        return [Recount(**row) for row in rows]


class PostgresRoots(Roots):
    """By the table of ids."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def root_of(
        self, conversation_id: ConversationId, message_id: MessageId
    ) -> MessageId | None:
        async with self._database.connection() as connection:
            found: MessageId | None = await connection.fetchval(
                _QUERIES["root_of"], conversation_id, message_id
            )
        return found


def _columns(positions: Sequence[Position]) -> tuple[list[int], list[int], list[int], list[int]]:
    return (
        [p.user_id for p in positions],
        [p.conversation_id for p in positions],
        [p.read_seq for p in positions],
        [p.last_seq for p in positions],
    )
