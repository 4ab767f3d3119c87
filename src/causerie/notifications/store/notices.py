"""Notices: made with what pushes them, in one transaction with what they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from typing_extensions import override

from causerie.foundation.errors import NotFound
from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.foundation.jobs import JobQueue, NewJob
from causerie.foundation.postgres import Connection, Database, Record
from causerie.notifications.model import (
    MAX_TOLD_MEMBERS,
    PUSH_DELAY_SECONDS,
    PUSH_JOB,
    Notice,
    NoticeKind,
    PushOrder,
    Said,
)
from causerie.notifications.ports import Notices, Once, Presence, Speech
from causerie.notifications.store.rows import QUERIES, find_done, note_done, to_notice, was_done

MAX_TAKEN = 100  # Mentions, or answers in threads, in one transaction.
MAX_SAID = 200  # The same of messages of one conversation.
# Of a conversation that was never looked at: who was there before notifications were is spared them.
FIRST_LOOK_AGE = timedelta(hours=1)
WHOLE_ROOM = 0  # messages.mentions: the user id that stands for all


class _About(NamedTuple):
    """The message that a notice is about."""

    place: ConversationId
    seq: int
    message_id: MessageId
    root_id: MessageId | None
    actor: UserId


class StoredNotices(Notices):
    """The port's table."""

    def __init__(self, database: Database, jobs: JobQueue, presence: Presence) -> None:
        self._database = database
        self._jobs = jobs
        self._presence = presence

    @override
    async def tell_of_mentions(self, *, at: datetime) -> tuple[list[Notice], bool]:
        told: list[Notice] = []
        async with self._database.transaction() as tx:
            rows = await tx.fetch(QUERIES["take_mentions"], MAX_TAKEN)
            # By name before all at once: who is called both ways is told of the first.
            for row in sorted(rows, key=lambda r: (r["message_id"], r["user_id"] == WHOLE_ROOM)):
                users = await self._called(tx, row)
                told += await self._tell(tx, users, NoticeKind.MENTION, _about(row), at=at)
        self._wake(told)
        return told, len(rows) == MAX_TAKEN

    async def _called(self, tx: Connection, row: Record) -> Sequence[UserId]:
        """Whom a mention calls: one, all, or (@here) those who are there at this moment."""
        users = [UserId(row["user_id"])]
        if row["user_id"] == WHOLE_ROOM:
            users = await _members(tx, row["conversation_id"])
            if row["audience"] == "here":
                users = list(await self._presence.present(users))
                await tx.execute(QUERIES["note_here"], row["conversation_id"], row["seq"], users)
        return await _unmuted(tx, users, row["root_id"])

    @override
    async def tell_of_replies(self, *, at: datetime) -> tuple[list[Notice], bool]:
        told: list[Notice] = []
        async with self._database.transaction() as tx:
            rows = await tx.fetch(QUERIES["take_replies"], MAX_TAKEN)
            for row in rows:
                users = row["followers"]
                told += await self._tell(tx, users, NoticeKind.REPLY, _about(row), at=at)
        self._wake(told)
        return told, len(rows) == MAX_TAKEN

    @override
    async def tell_of(
        self, conversation_id: ConversationId, speech: Speech, *, at: datetime
    ) -> tuple[list[Notice], bool]:
        told: list[Notice] = []
        async with self._database.transaction() as tx:
            cursor = await self._cursor(tx, conversation_id, speech)
            if cursor is None:
                return [], False
            seq, oldest = cursor
            said = await speech.between(conversation_id, after=seq, limit=MAX_SAID)
            users = await _members(tx, conversation_id) if said else []
            for message in said:
                if not message.is_deleted and (oldest is None or message.created_at >= oldest):
                    told += await self._tell_of_message(tx, users, message, at=at)
            if said:
                await tx.execute(QUERIES["move_cursor"], conversation_id, said[-1].seq)
        self._wake(told)
        return told, len(said) == MAX_SAID

    async def _cursor(
        self, tx: Connection, conversation_id: ConversationId, speech: Speech
    ) -> tuple[int, datetime | None] | None:
        """Give how far it was looked at, ours alone, and the age beyond which nothing is told."""
        found = await speech.positions([conversation_id])
        start = max(0, found[0][1] - MAX_SAID) if found else 0
        tag = await tx.execute(QUERIES["make_cursor"], conversation_id, start)
        row = await tx.fetchrow(QUERIES["take_cursor"], conversation_id)
        if row is None:
            return None
        is_first = tag.endswith(" 1")
        oldest = None
        if is_first:
            now: datetime = await tx.fetchval("SELECT now()")
            oldest = now - FIRST_LOOK_AGE
        return row["seq"], oldest

    async def _tell_of_message(
        self, tx: Connection, users: Sequence[UserId], message: Said, *, at: datetime
    ) -> list[Notice]:
        kind = NoticeKind.DIRECT if message.is_direct else NoticeKind.MESSAGE
        about = _About(
            message.conversation_id, message.seq, message.id, message.root_id, message.sender_id
        )
        return await self._tell(tx, await _unmuted(tx, users, about.root_id), kind, about, at=at)

    async def _tell(
        self,
        tx: Connection,
        users: Sequence[UserId],
        kind: NoticeKind,
        about: _About,
        *,
        at: datetime,
    ) -> list[Notice]:
        place, seq, message_id, root_id, actor = about
        rows = await tx.fetch(
            QUERIES["tell"], users, kind, place, seq, message_id, actor, at, root_id
        )
        told = [
            Notice(
                id=row["id"],
                user_id=row["user_id"],
                kind=kind,
                conversation_id=place,
                seq=seq,
                message_id=message_id,
                root_id=root_id,
                actor_id=actor,
                created_at=at,
            )
            for row in rows
        ]
        await self._order_pushes(tx, told, at=at)
        return told

    async def _order_pushes(self, tx: Connection, told: Sequence[Notice], *, at: datetime) -> None:
        if not told:
            return
        by_user = {notice.user_id: notice for notice in told}
        devices = await tx.fetch(QUERIES["devices_of"], list(by_user), at)
        await self._jobs.put(
            tx,
            *(
                NewJob(
                    kind=PUSH_JOB,
                    payload=PushOrder(by_user[device["user_id"]].id, device["id"]),
                    destination=f"push:{urlsplit(device['endpoint']).netloc}",
                    due_at=device["quiet_until"] or at + timedelta(seconds=PUSH_DELAY_SECONDS),
                )
                for device in devices
            ),
        )

    @override
    async def behind(self, positions: Sequence[tuple[ConversationId, int]]) -> list[ConversationId]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                QUERIES["behind"], [p[0] for p in positions], [p[1] for p in positions]
            )
        return [ConversationId(row["id"]) for row in rows]

    @override
    async def rooms_followed(self) -> frozenset[ConversationId]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["rooms_followed"])
        return frozenset(ConversationId(row["conversation_id"]) for row in rows)

    @override
    async def tell_words(
        self, user_id: UserId, kind: NoticeKind, words: str, *, at: datetime, key: str | None
    ) -> Notice | None:
        async with self._database.transaction() as tx:
            made = await tx.fetchval(QUERIES["tell_words"], user_id, kind, words, at, key)
            if made is None:
                return None
            notice = Notice(id=made, user_id=user_id, kind=kind, words=words, created_at=at)
            await self._order_pushes(tx, [notice], at=at)
        self._jobs.wake()
        return notice

    @override
    async def publish(
        self, once: Once, user_id: UserId, words: str, *, at: datetime
    ) -> tuple[Notice, bool]:
        kind = NoticeKind.SERVICE
        async with self._database.transaction() as tx:
            first = await find_done(tx, once)
            if first is not None:
                row = await tx.fetchrow(QUERIES["get_notice"], first)
                if row is None:
                    raise NotFound("notification")
                return to_notice(row), False
            made = await tx.fetchval(QUERIES["publish"], user_id, kind, words, once.user_id, at)
            await note_done(tx, once, result=made)
            notice = Notice(
                id=made,
                user_id=user_id,
                kind=kind,
                words=words,
                actor_id=once.user_id,
                created_at=at,
            )
            await self._order_pushes(tx, [notice], at=at)
        self._jobs.wake()
        return notice, True

    @override
    async def read_upto(
        self, read: Mapping[tuple[UserId, ConversationId], int], *, at: datetime
    ) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                QUERIES["mark_read_upto"],
                [user_id for user_id, _ in read],
                [conversation_id for _, conversation_id in read],
                list(read.values()),
                at,
            )

    @override
    async def threads_read_upto(
        self, read: Mapping[tuple[UserId, MessageId], int], *, at: datetime
    ) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                QUERIES["mark_threads_read_upto"],
                [user_id for user_id, _ in read],
                [root_id for _, root_id in read],
                list(read.values()),
                at,
            )

    @override
    async def since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[Notice]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["since"], users, seconds)
        return [to_notice(row) for row in rows]

    @override
    async def find(self, notice_id: int) -> Notice | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["get_notice"], notice_id)
        return None if row is None else to_notice(row)

    @override
    async def list(
        self, user_id: UserId, *, before: int | None, unread_only: bool, limit: int
    ) -> list[Notice]:
        async with self._database.reading_as(user_id) as connection:
            rows = await connection.fetch(QUERIES["list"], before, unread_only, limit)
        return [to_notice(row) for row in rows]

    @override
    async def count_unread(self, user_id: UserId) -> int:
        async with self._database.connection() as connection:
            return int(await connection.fetchval(QUERIES["unread"], user_id))

    @override
    async def mark_read(
        self, once: Once, *, ids: Sequence[int] | None, upto: int | None, at: datetime
    ) -> None:
        async with self._database.transaction() as tx:
            if not await was_done(tx, once):
                chosen = None if ids is None else list(ids)
                await tx.execute(QUERIES["mark_read"], once.user_id, chosen, upto, at)

    @override
    async def forget(self, before: datetime) -> None:
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["forget"], before)

    def _wake(self, told: Sequence[Notice]) -> None:
        if told:
            self._jobs.wake()


def _about(row: Record) -> _About:
    return _About(
        row["conversation_id"], row["seq"], row["message_id"], row["root_id"], row["sender_id"]
    )


async def _unmuted(
    tx: Connection, users: Sequence[UserId], root_id: MessageId | None
) -> Sequence[UserId]:
    """Those of them who have not muted the thread."""
    if root_id is None:
        return users
    muted = {row["id"] for row in await tx.fetch(QUERIES["thread_muted_by"], root_id, users)}
    return [user_id for user_id in users if user_id not in muted]


async def _members(tx: Connection, conversation_id: ConversationId) -> list[UserId]:
    rows = await tx.fetch(QUERIES["members"], conversation_id, MAX_TOLD_MEMBERS)
    return [UserId(row["id"]) for row in rows]
