"""Messages to be sent later, in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from typing_extensions import override

from causerie.conversations import Kind
from causerie.files import FileId, FileNotKnown
from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.foundation.postgres import Connection, Database, Record, claim, settle
from causerie.messages.errors import ScheduledIsOver, ScheduledNotFound, TooManyScheduled
from causerie.messages.model import (
    KEEP_FILES,
    MAX_SCHEDULED_PER_USER,
    Due,
    MessageType,
    NewScheduled,
    Scheduled,
    ScheduledId,
    ScheduledState,
)
from causerie.messages.ports import DueMessages, ScheduleStore
from causerie.messages.store.tables import QUERIES


class PostgresSchedule(ScheduleStore):
    """Each write is one transaction. The time is the database's: nodes agree on what is due."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- by its sender ---------------------------------------------------------------------------

    @override
    async def create(
        self, new: NewScheduled, *, key: str | None, fingerprint: bytes
    ) -> tuple[Scheduled, bool]:
        async with self._database.transaction() as tx:
            known = await _known(tx, new.sender_id, key, "schedule_message", fingerprint)
            if known is not None:
                return await _get(tx, known), False
            # One after the other, so that the bound holds.
            await tx.execute(QUERIES["hold_schedule"], new.sender_id)
            count = await tx.fetchval(QUERIES["count_scheduled"], new.sender_id)
            if count >= MAX_SCHEDULED_PER_USER:
                raise TooManyScheduled(MAX_SCHEDULED_PER_USER)
            made = await tx.fetchval(
                QUERIES["schedule"],
                new.conversation_id,
                new.kind.value,
                new.sender_id,
                new.message_type.value,
                new.content,
                new.parent_id,
                new.send_at,
                list(new.file_ids) or None,
            )
            await _keep_files(tx, new.sender_id, new.file_ids, new.send_at)
            if key is not None:
                await settle(tx, user_id=new.sender_id, key=key, result=made)
            return await _get(tx, made), True

    @override
    async def change(
        self,
        scheduled_id: ScheduledId,
        sender: UserId,
        *,
        content: str | None,
        send_at: datetime | None,
        key: str | None,
        fingerprint: bytes,
    ) -> tuple[Scheduled, bool]:
        async with self._database.transaction() as tx:
            known = await _known(tx, sender, key, "change_scheduled", fingerprint)
            if known is not None:
                return await _get(tx, known), False
            before = await _hold(tx, scheduled_id, sender)
            if before.state is not ScheduledState.WAITING or await _is_due(tx, scheduled_id):
                raise ScheduledIsOver(before.state)
            await tx.execute(QUERIES["change_scheduled"], scheduled_id, content, send_at)
            if send_at is not None:
                await _keep_files(tx, sender, before.file_ids, send_at)
            if key is not None:
                await settle(tx, user_id=sender, key=key, result=scheduled_id)
            after = await _get(tx, scheduled_id)
            return after, after != before

    @override
    async def cancel(
        self, scheduled_id: ScheduledId, sender: UserId, *, key: str | None, fingerprint: bytes
    ) -> tuple[Scheduled, bool]:
        async with self._database.transaction() as tx:
            known = await _known(tx, sender, key, "cancel_scheduled", fingerprint)
            if known is not None:
                return await _get(tx, known), False
            before = await _hold(tx, scheduled_id, sender)
            is_over = before.state is ScheduledState.SENT or (
                before.state is ScheduledState.WAITING and await _is_due(tx, scheduled_id)
            )
            if is_over:
                raise ScheduledIsOver(before.state)
            await tx.execute(QUERIES["cancel_scheduled"], scheduled_id)
            if key is not None:
                await settle(tx, user_id=sender, key=key, result=scheduled_id)
            return (
                await _get(tx, scheduled_id),
                before.state is not ScheduledState.CANCELLED,
            )

    @override
    async def find(self, scheduled_id: ScheduledId, *, viewer: UserId) -> Scheduled | None:
        async with self._database.reading_as(viewer) as connection:
            row = await connection.fetchrow(QUERIES["find_scheduled"], scheduled_id, viewer)
        return None if row is None else to_scheduled(row)

    @override
    async def list_of(
        self, viewer: UserId, *, conversation_id: ConversationId | None
    ) -> Sequence[Scheduled]:
        async with self._database.reading_as(viewer) as connection:
            rows = await connection.fetch(QUERIES["list_scheduled"], viewer, conversation_id)
        return [to_scheduled(row) for row in rows]

    # --- when its time has come ------------------------------------------------------------------

    @override
    @asynccontextmanager
    async def due(self, *, limit: int) -> AsyncIterator[DueMessages]:
        async with self._database.transaction() as tx:
            rows = await tx.fetch(QUERIES["take_due"], limit)
            yield _Taken(
                tx, [Due(row["key"], row["is_scheduled"], to_scheduled(row)) for row in rows]
            )

    @override
    async def next_due_seconds(self) -> float | None:
        async with self._database.connection() as connection:
            seconds = await connection.fetchval(QUERIES["next_due"])
        return None if seconds is None else max(0.0, float(seconds))


class _Taken(DueMessages):
    """What one transaction has taken."""

    def __init__(self, tx: Connection, items: Sequence[Due]) -> None:
        self._tx = tx
        self._items = items

    @property
    @override
    def items(self) -> Sequence[Due]:
        return self._items

    @override
    async def sent(self, due: Due, message_id: MessageId) -> Scheduled:
        await self._tx.execute(QUERIES["settle_sent"], due.scheduled.id, message_id)
        return await _get(self._tx, due.scheduled.id)

    @override
    async def refused(self, due: Due, *, code: str, reason: str) -> Scheduled:
        await self._tx.execute(QUERIES["settle_refused"], due.scheduled.id, code, reason)
        return await _get(self._tx, due.scheduled.id)


async def _keep_files(
    tx: Connection, sender: UserId, file_ids: Sequence[FileId], send_at: datetime
) -> None:
    """Have them not swept meanwhile. Raises ``FileNotKnown`` for what the user may not post."""
    if file_ids and not await tx.fetchval(
        QUERIES["keep_files"], sender, list(file_ids), send_at + KEEP_FILES
    ):
        raise FileNotKnown


async def _known(
    tx: Connection, user_id: UserId, key: str | None, operation: str, fingerprint: bytes
) -> int | None:
    if key is None:
        return None
    return await claim(tx, user_id=user_id, key=key, operation=operation, fingerprint=fingerprint)


async def _hold(tx: Connection, scheduled_id: ScheduledId, sender: UserId) -> Scheduled:
    """Keep it as it is until the commit, from who sends it, too."""
    if await tx.fetchval(QUERIES["hold_scheduled"], scheduled_id, sender) is None:
        raise ScheduledNotFound
    # A statement of its own: it sees what was committed while the one above waited.
    return await _get(tx, scheduled_id)


async def _is_due(tx: Connection, scheduled_id: ScheduledId) -> bool:
    # Asked under the lock: a send that failed between its commit and ours left it waiting, and due.
    return bool(await tx.fetchval(QUERIES["is_due"], scheduled_id))


async def _get(tx: Connection, scheduled_id: int) -> Scheduled:
    row = await tx.fetchrow(QUERIES["get_scheduled"], scheduled_id)
    assert row is not None  # noqa: S101 - nothing deletes from this table
    return to_scheduled(row)


def to_scheduled(row: Record) -> Scheduled:
    """Read a message to be sent later from its row."""
    return Scheduled(
        id=row["id"],
        conversation_id=row["conversation_id"],
        kind=Kind(row["kind"]),
        sender_id=row["sender_id"],
        message_type=MessageType(row["message_type"]),
        content=row["content"],
        parent_id=row["parent_id"],
        send_at=row["due_at"],
        state=ScheduledState(row["state"]),
        message_id=row["message_id"],
        code=row["code"],
        reason=row["reason"],
        created_at=row["created_at"],
        file_ids=tuple(row["file_ids"] or ()),
    )
