"""Deliveries: made from what happened, noted as they go, done again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from typing_extensions import override

from causerie.foundation.identity import ConversationId
from causerie.foundation.jobs import JobQueue, NewJob
from causerie.foundation.postgres import Connection, Database, settle
from causerie.webhooks.errors import DeliveryNotFound
from causerie.webhooks.model import DELIVERY_JOB, MAX_REPLAYED, Delivery, Outcome, Status
from causerie.webhooks.ports import (
    Deliveries,
    Listener,
    NewDelivery,
    Once,
    Position,
    Range,
    Turn,
)
from causerie.webhooks.store.rows import QUERIES, replayed, to_delivery


class StoredTurn(Turn):
    """One conversation's cursor, ours until the commit."""

    def __init__(
        self,
        tx: Connection,
        jobs: JobQueue,
        conversation_id: ConversationId,
        position: tuple[int, int],
        listeners: Sequence[Listener],
    ) -> None:
        self._tx = tx
        self._jobs = jobs
        self._conversation_id = conversation_id
        self.seq, self.rev = position
        self.listeners = listeners

    @override
    async def move(self, new: Sequence[NewDelivery], *, seq: int, rev: int, at: datetime) -> None:
        if new:
            await _add(self._tx, self._jobs, self._conversation_id, new, at=at)
        await self._tx.execute(QUERIES["move_cursor"], self._conversation_id, seq, rev)


class StoredDeliveries(Deliveries):
    """The port's table."""

    def __init__(self, database: Database, jobs: JobQueue) -> None:
        self._database = database
        self._jobs = jobs

    @override
    async def behind(self, positions: Sequence[Position]) -> list[ConversationId]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                QUERIES["behind"],
                [p.conversation_id for p in positions],
                [p.seq for p in positions],
                [p.rev for p in positions],
            )
        return [ConversationId(row["id"]) for row in rows]

    @override
    @asynccontextmanager
    async def turn(
        self, conversation_id: ConversationId, *, is_room: bool
    ) -> AsyncIterator[Turn | None]:
        async with self._database.transaction() as tx:
            rows = await tx.fetch(QUERIES["listening"], conversation_id, is_room)
            if any(row["hears_all"] for row in rows):
                # A room made since: from its beginning.
                await tx.execute(QUERIES["make_cursor"], conversation_id)
            cursor = await tx.fetchrow(QUERIES["take_cursor"], conversation_id)
            if cursor is None:
                yield None
                return
            listeners = [
                Listener(row["id"], None if row["kinds"] is None else frozenset(row["kinds"]))
                for row in rows
            ]
            position = cursor["seq"], cursor["rev"]
            yield StoredTurn(tx, self._jobs, conversation_id, position, listeners)
        self._jobs.wake()

    @override
    async def add_one(self, new: NewDelivery, once: Once, *, at: datetime) -> Delivery:
        async with self._database.transaction() as tx:
            made = await replayed(tx, once)
            if made is None:
                (made,) = await _add(tx, self._jobs, None, [new], at=at)
                if once.key is not None:
                    await settle(tx, user_id=once.user_id, key=once.key, result=made)
            row = await tx.fetchrow(QUERIES["get_delivery"], made)
        self._jobs.wake()
        if row is None:
            raise DeliveryNotFound
        return to_delivery(row)

    @override
    async def find(self, delivery_id: int) -> Delivery | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["get_delivery"], delivery_id)
        return None if row is None else to_delivery(row)

    @override
    async def list(
        self, endpoint_id: int, *, before: int | None, status: Status | None, limit: int
    ) -> list[Delivery]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["deliveries"], endpoint_id, before, status, limit)
        return [to_delivery(row) for row in rows]

    @override
    async def note(
        self, delivery_id: int, outcome: Outcome, *, at: datetime, is_tried: bool = True
    ) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                QUERIES["note_delivery"],
                delivery_id,
                outcome.status,
                at,
                outcome.http_status,
                outcome.error,
                outcome.took_ms,
                int(is_tried),
            )

    @override
    async def bury(self, delivery_id: int, reason: str) -> None:
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["bury_delivery"], delivery_id, reason)

    @override
    async def replay(self, endpoint_id: int, which: Range, once: Once) -> int:
        async with self._database.transaction() as tx:
            first = await replayed(tx, once)
            if first is not None:
                return first
            rows = await tx.fetch(
                QUERIES["replay"],
                endpoint_id,
                which.delivery_id,
                which.status,
                which.since,
                which.until,
                MAX_REPLAYED,
            )
            await self._jobs.put(tx, *(_job(row["id"], endpoint_id) for row in rows))
            if once.key is not None:
                await settle(tx, user_id=once.user_id, key=once.key, result=len(rows))
        self._jobs.wake()
        return len(rows)

    @override
    async def forget(self, before: datetime) -> None:
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["forget_deliveries"], before)


async def _add(
    tx: Connection,
    jobs: JobQueue,
    conversation_id: ConversationId | None,
    new: Sequence[NewDelivery],
    *,
    at: datetime,
) -> list[int]:
    rows = await tx.fetch(
        QUERIES["add_deliveries"],
        [n.endpoint_id for n in new],
        [n.kind for n in new],
        conversation_id,
        [n.seq for n in new],
        [n.rev for n in new],
        at,
    )
    await jobs.put(tx, *(_job(row["id"], row["endpoint_id"]) for row in rows))
    return [row["id"] for row in rows]


def _job(delivery_id: int, endpoint_id: int) -> NewJob:
    # By endpoint and not by host: one whose path is wrong says nothing about its neighbours.
    return NewJob(
        kind=DELIVERY_JOB,
        payload=delivery_id,
        destination=f"webhook:{endpoint_id}",
        key=str(delivery_id),
    )
