"""How far conversations have come: for those who follow all of them by their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from typing_extensions import override

from causerie.conversations.model import Kind
from causerie.conversations.ports import Positions
from causerie.foundation.identity import ConversationId, Rev, Seq
from causerie.foundation.postgres import Database, Queries, Record

_QUERIES = Queries.load("causerie.conversations")


class HowFar(msgspec.Struct, frozen=True, gc=False):
    """The newest numbers of a conversation."""

    id: ConversationId
    kind: Kind
    seq: Seq
    rev: Rev


class StoredPositions(Positions):
    """Reads the numbers. Methods raise ``Unavailable``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, ids: Sequence[ConversationId]) -> list[HowFar]:
        """Those of the conversations that exist."""
        return await self._fetch("positions_of", list(ids))

    @override
    async def numbers_of(
        self, ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, tuple[Seq, Rev]]:
        return {far.id: (far.seq, far.rev) for far in await self.of(ids)}

    async def rooms(self, *, after: int, limit: int) -> list[HowFar]:
        """All rooms, in the order of their ids, those after one."""
        return await self._fetch("positions_of_rooms", after, limit)

    async def directs(self, *, after: int, limit: int) -> list[HowFar]:
        """All direct chats, likewise."""
        return await self._fetch("positions_of_directs", after, limit)

    async def _fetch(self, name: str, *args: object) -> list[HowFar]:
        async with self._database.connection() as connection:
            return [_how_far(row) for row in await connection.fetch(_QUERIES[name], *args)]


def _how_far(row: Record) -> HowFar:
    return HowFar(row["id"], Kind(row["kind"]), row["last_seq"], row["rev"])
