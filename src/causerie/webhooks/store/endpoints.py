"""Endpoints, and from where on they are told."""

from __future__ import annotations

from datetime import datetime, timedelta

from typing_extensions import override

from causerie.foundation.crypto import MasterKey
from causerie.foundation.identity import ConversationId
from causerie.foundation.jobs import JobQueue, NewJob
from causerie.foundation.postgres import Connection, Database, settle
from causerie.webhooks.errors import TooManyWebhooks, WebhookNotFound
from causerie.webhooks.model import (
    MAX_ENDPOINTS_OF_ALL,
    MAX_ENDPOINTS_PER_CONVERSATION,
    NOTICE_JOB,
    OLD_SECRET_SECONDS,
    Endpoint,
    Place,
    SwitchedOff,
)
from causerie.webhooks.ports import Beginning, Changes, Endpoints, NewEndpoint, Once
from causerie.webhooks.store.rows import QUERIES, replayed, secret_place, to_endpoint


class StoredEndpoints(Endpoints):
    """The port's tables."""

    def __init__(self, database: Database, jobs: JobQueue, master: MasterKey) -> None:
        self._database = database
        self._jobs = jobs
        self._master = master

    @override
    async def add(self, new: NewEndpoint, once: Once, begin: Beginning, *, at: datetime) -> int:
        conversation_id = None if new.place is None else new.place.id
        limit = MAX_ENDPOINTS_OF_ALL if new.place is None else MAX_ENDPOINTS_PER_CONVERSATION
        async with self._database.transaction() as tx:
            first = await replayed(tx, once)
            if first is not None:
                return first
            await tx.execute(QUERIES["hold_wants"])
            if await tx.fetchval(QUERIES["count_endpoints"], conversation_id) >= limit:
                raise TooManyWebhooks(limit)
            made = await tx.fetchval(
                QUERIES["add_endpoint"],
                conversation_id,
                None if new.place is None else new.place.name,
                new.url,
                None if new.kinds is None else list(new.kinds),
                new.description,
                once.user_id,
                at,
            )
            sealed = self._master.seal(new.secret.encode(), place=secret_place(made))
            await tx.execute(QUERIES["set_secret"], made, sealed, None)
            await _begin(tx, begin, new.place)
            if once.key is not None:
                await settle(tx, user_id=once.user_id, key=once.key, result=made)
        return int(made)

    @override
    async def find(self, endpoint_id: int) -> Endpoint | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["get_endpoint"], endpoint_id)
        return None if row is None else to_endpoint(row, self._master)

    @override
    async def list(self, place: Place | None, *, everywhere: bool) -> list[Endpoint]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                QUERIES["endpoints"], None if place is None else place.id, everywhere
            )
        return [to_endpoint(row, self._master) for row in rows]

    @override
    async def wanted(self) -> frozenset[ConversationId | None]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["wanted"])
        return frozenset(row["conversation_id"] for row in rows)

    @override
    async def update(
        self, endpoint: Endpoint, changes: Changes, once: Once, begin: Beginning, *, at: datetime
    ) -> None:
        async with self._database.transaction() as tx:
            if await replayed(tx, once) is not None:
                return
            await tx.execute(QUERIES["hold_wants"])
            row = await tx.fetchrow(QUERIES["lock_endpoint"], endpoint.id)
            if row is None:
                raise WebhookNotFound
            kinds = row["kinds"]
            if changes.sets_kinds:
                kinds = None if changes.kinds is None else list(changes.kinds)
            is_enabled = row["is_enabled"] if changes.enabled is None else changes.enabled
            await tx.execute(
                QUERIES["update_endpoint"],
                endpoint.id,
                row["url"] if changes.url is None else changes.url,
                kinds,
                row["description"] if changes.description is None else changes.description,
                is_enabled,
                at,
            )
            if is_enabled and not row["is_enabled"]:
                await _begin(tx, begin, endpoint.place)
            elif not is_enabled:
                await tx.execute(QUERIES["prune_cursors"])
            if once.key is not None:
                await settle(tx, user_id=once.user_id, key=once.key, result=endpoint.id)

    @override
    async def rotate(self, endpoint: Endpoint, secret: str, once: Once, *, at: datetime) -> None:
        async with self._database.transaction() as tx:
            if await replayed(tx, once) is not None:
                return
            sealed = self._master.seal(secret.encode(), place=secret_place(endpoint.id))
            until = at + timedelta(seconds=OLD_SECRET_SECONDS)
            await tx.execute(QUERIES["set_secret"], endpoint.id, sealed, until)
            if once.key is not None:
                await settle(tx, user_id=once.user_id, key=once.key, result=endpoint.id)

    @override
    async def remove(self, endpoint: Endpoint | None, once: Once) -> None:
        async with self._database.transaction() as tx:
            if await replayed(tx, once) is not None:
                return
            if endpoint is None:
                raise WebhookNotFound
            await tx.execute(QUERIES["hold_wants"])
            await tx.execute(QUERIES["remove_endpoint"], endpoint.id)
            await tx.execute(QUERIES["prune_cursors"])
            if once.key is not None:
                await settle(tx, user_id=once.user_id, key=once.key, result=endpoint.id)

    @override
    async def succeeded(self, endpoint_id: int) -> None:
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["note_success"], endpoint_id)

    @override
    async def failed(self, endpoint_id: int, *, at: datetime) -> datetime | None:
        async with self._database.connection() as connection:
            since: datetime | None = await connection.fetchval(
                QUERIES["note_failure"], endpoint_id, at
            )
        return since

    @override
    async def switch_off(self, endpoint_id: int, reason: str, *, at: datetime) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(QUERIES["hold_wants"])
            row = await tx.fetchrow(QUERIES["switch_off"], endpoint_id, at, reason)
            if row is None:
                return
            await tx.execute(QUERIES["prune_cursors"])
            notice = SwitchedOff(endpoint_id, row["created_by"], row["url"], row["place"], reason)
            await self._jobs.put(tx, NewJob(kind=NOTICE_JOB, payload=notice))
        self._jobs.wake()


async def _begin(tx: Connection, begin: Beginning, place: Place | None) -> None:
    """Have all rooms, or this one, told of from here on."""
    async for positions in begin(place):
        await tx.execute(
            QUERIES["begin_cursors"],
            [p.conversation_id for p in positions],
            [p.seq for p in positions],
            [p.rev for p in positions],
        )
