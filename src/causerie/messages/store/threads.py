"""Threads in PostgreSQL, as users have them; what is counted is on the messages' rows."""

from __future__ import annotations

from typing_extensions import override

from causerie.foundation.identity import MAX_ID, ConversationId, MessageId, Seq, UserId
from causerie.foundation.postgres import Database, Record, claim, settle
from causerie.messages.model import Attention, Message, Thread, ThreadPage, ThreadReading
from causerie.messages.ports import ThreadStore
from causerie.messages.store.tables import QUERIES, PostgresMessages

_PAST_END = MAX_ID  # No conversation gets as far.


class PostgresThreads(ThreadStore):
    """Each method is one transaction, and what it takes to show the messages."""

    def __init__(self, database: Database, messages: PostgresMessages) -> None:
        self._database = database
        self._messages = messages

    @override
    async def threads(
        self,
        conversation_id: ConversationId,
        *,
        viewer: UserId,
        before: int | None,
        limit: int,
        only_followed: bool,
    ) -> ThreadPage:
        async with self._database.reading_as(viewer) as connection:
            rows = await connection.fetch(
                QUERIES["threads_before"],
                conversation_id,
                _PAST_END if before is None else before,
                limit + 1,
                only_followed,
                viewer,
            )
        seen = await self._messages.seen_by(viewer, rows[:limit])
        threads = [_thread(row, root) for row, root in zip(rows, seen, strict=False)]
        return ThreadPage(tuple(threads), has_more=len(rows) > limit)

    @override
    async def find_thread(self, root: MessageId, *, viewer: UserId) -> Thread | None:
        async with self._database.reading_as(viewer) as connection:
            row = await connection.fetchrow(QUERIES["thread_of"], root, viewer)
        if row is None:
            return None
        (seen,) = await self._messages.seen_by(viewer, [row])
        return _thread(row, seen)

    @override
    async def attend(
        self,
        root: Message,
        *,
        viewer: UserId,
        attention: Attention,
        key: str | None,
        fingerprint: bytes,
    ) -> bool:
        async with self._database.transaction() as tx:
            if key is not None:
                known = await claim(
                    tx,
                    user_id=viewer,
                    key=key,
                    operation="attend_thread",
                    fingerprint=fingerprint,
                )
                if known is not None:
                    return False
                await settle(tx, user_id=viewer, key=key, result=root.id)
            await tx.execute(
                QUERIES["attend"], root.conversation_id, root.id, viewer, attention.value
            )
        return True

    @override
    async def read(
        self, root: Message, *, viewer: UserId, seq: int, key: str | None, fingerprint: bytes
    ) -> ThreadReading:
        async with self._database.transaction() as tx:
            known = None
            if key is not None:
                known = await claim(
                    tx, user_id=viewer, key=key, operation="read_thread", fingerprint=fingerprint
                )
                if known is None:
                    await settle(tx, user_id=viewer, key=key, result=root.id)
            # The position of a replay is where it is: 0 moves nothing.
            upto = seq if known is None else 0
            (row,) = await tx.fetch(QUERIES["read_thread"], viewer, root.id, upto)
        return ThreadReading(Seq(row["read_seq"]), row["unread"], row["has_moved"])


def _thread(row: Record, root: Message) -> Thread:
    attention = row["attention"]
    return Thread(root, Seq(row["last_seq"]), Attention(attention) if attention else None)
