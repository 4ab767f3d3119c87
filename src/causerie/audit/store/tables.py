"""The log and the events in PostgreSQL: written, and read by people."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from typing_extensions import override

from causerie.audit.model import (
    Details,
    Entry,
    EventQuery,
    LogQuery,
    Page,
    SecurityEvent,
    Severity,
    StoredEvent,
)
from causerie.audit.ports import EventStore, Reading, Recorder
from causerie.foundation.identity import MAX_ID, UserId
from causerie.foundation.postgres import Connection, Database, Queries, Record

QUERIES = Queries.load("causerie.audit")


class StoredTrail(Recorder, EventStore, Reading):
    """The ports' tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def record(
        self,
        tx: Connection,
        *,
        action: str,
        target: str,
        severity: Severity,
        actor: UserId | None,
        address: str | None,
        before: Details | None,
        after: Details | None,
    ) -> None:
        await tx.execute(
            QUERIES["record"],
            action,
            target,
            severity,
            _json(before),
            _json(after),
            actor,
            address,
        )

    @override
    async def add(self, events: Sequence[SecurityEvent]) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                QUERIES["raise_events"],
                [event.at for event in events],
                [event.kind for event in events],
                [event.severity for event in events],
                [event.user_id for event in events],
                [event.address or None for event in events],
                [_json(event.details) for event in events],
            )

    @override
    async def entries(self, query: LogQuery) -> Page[Entry]:
        rows = await self._fetch(
            "entries",
            query.limit + 1,
            MAX_ID if query.before_id is None else query.before_id,
            query.user_id,
            query.action,
            query.target,
            query.severity,
            query.since,
            query.until,
        )
        items = [_entry(row) for row in rows[: query.limit]]
        return Page(items, has_more=len(rows) > query.limit)

    @override
    async def events(self, query: EventQuery) -> Page[StoredEvent]:
        rows = await self._fetch(
            "events",
            query.limit + 1,
            MAX_ID if query.before_id is None else query.before_id,
            query.user_id,
            query.kind,
            query.address,
            query.severity,
            query.since,
            query.until,
        )
        items = [_event(row) for row in rows[: query.limit]]
        return Page(items, has_more=len(rows) > query.limit)

    @override
    async def entries_after(self, row_id: int, *, limit: int) -> Sequence[Entry]:
        return [_entry(row) for row in await self._fetch("entries_after", row_id, limit)]

    @override
    async def events_after(self, row_id: int, *, limit: int) -> Sequence[StoredEvent]:
        return [_event(row) for row in await self._fetch("events_after", row_id, limit)]

    async def _fetch(self, name: str, *args: object) -> list[Record]:
        async with self._database.connection() as connection:
            return await connection.fetch(QUERIES[name], *args)


def _json(details: Details | None) -> str | None:
    return None if details is None else msgspec.json.encode(details).decode()


def _raw(text: str | None) -> msgspec.Raw | None:
    return None if text is None else msgspec.Raw(text.encode())


def _entry(row: Record) -> Entry:
    return Entry(
        id=row["id"],
        created_at=row["created_at"],
        user_id=row["user_id"],
        actor=row["actor"],
        action=row["action"],
        table_name=row["table_name"],
        target=row["target"],
        address=row["address"],
        severity=row["severity"],
        before=_raw(row["before"]),
        after=_raw(row["after"]),
        hash=row["hash"],
    )


def _event(row: Record) -> StoredEvent:
    return StoredEvent(
        id=row["id"],
        created_at=row["created_at"],
        kind=row["kind"],
        severity=row["severity"],
        user_id=row["user_id"],
        address=row["address"],
        details=msgspec.Raw(row["details"].encode()),
        hash=row["hash"],
    )
