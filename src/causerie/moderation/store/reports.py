"""Reports in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from typing_extensions import override

from causerie.foundation.identity import UserId
from causerie.foundation.jobs import JobQueue, NewJob
from causerie.foundation.postgres import (
    Connection,
    Database,
    Queries,
    Record,
    name_caller,
)
from causerie.moderation.errors import TooManyReports
from causerie.moderation.model.following import FOLLOWING_JOB, Order
from causerie.moderation.model.reports import (
    MAX_OPEN_REPORTS,
    NewReport,
    Report,
    ReportReason,
    ReportState,
)
from causerie.moderation.ports.reports import ReportQuery, ReportStore
from causerie.moderation.ports.sanctions import Key
from causerie.moderation.store.keys import keep, replayed

_QUERIES = Queries.load("causerie.moderation")


class PostgresReports(ReportStore):
    """The port's table."""

    def __init__(self, database: Database, jobs: JobQueue) -> None:
        self._database = database
        self._jobs = jobs

    @override
    async def add(self, new: NewReport, *, now: datetime, key: Key) -> tuple[Report, bool]:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            first = await replayed(tx, key)
            if first is not None:
                return _report(await tx.fetchrow(_QUERIES["report_by_id"], first)), False
            report, is_new = await _add(tx, new, now=now)
            await keep(tx, key, report.id)
            return report, is_new

    @override
    async def list(self, query: ReportQuery) -> Sequence[Report]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["reports"],
                query.before,
                None if query.state is None else query.state.value,
                None if query.reason is None else query.reason.value,
                query.subject,
                query.limit,
            )
        return [_report(row) for row in rows]

    @override
    async def by_ids(self, ids: Sequence[int]) -> Sequence[Report]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["reports_by_ids"], list(ids))
        return [_report(row) for row in rows]

    @override
    async def decide(
        self,
        ids: Sequence[int],
        state: ReportState,
        *,
        by: UserId,
        decision: str,
        now: datetime,
        orders: Callable[[Sequence[Report]], Sequence[Order]],
        key: Key | None,
    ) -> Sequence[Report]:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            first = await replayed(tx, key)
            if first is not None:
                rows = await tx.fetch(_QUERIES["reports_of_decision"], first)
                return [_report(row) for row in rows]
            decision_id = await tx.fetchval(_QUERIES["next_decision"])
            await keep(tx, key, decision_id)
            await tx.fetch(_QUERIES["lock_reports"], list(ids))
            rows = await tx.fetch(
                _QUERIES["decide_reports"],
                list(ids),
                state.value,
                by,
                now,
                decision,
                decision_id,
            )
            decided = sorted((_report(row) for row in rows), key=lambda report: report.id)
            await self._jobs.put(
                tx, *(NewJob(kind=FOLLOWING_JOB, payload=order) for order in orders(decided))
            )
        self._jobs.wake()
        return decided


async def _add(tx: Connection, new: NewReport, *, now: datetime) -> tuple[Report, bool]:
    known = await tx.fetchrow(_QUERIES["find_report"], new.reporter, new.subject, new.message_id)
    if known is not None:
        return _report(known), False
    if await tx.fetchval(_QUERIES["count_open_reports"], new.reporter, MAX_OPEN_REPORTS) >= (
        MAX_OPEN_REPORTS
    ):
        raise TooManyReports(MAX_OPEN_REPORTS)
    row = await tx.fetchrow(
        _QUERIES["add_report"],
        new.reporter,
        new.subject,
        new.message_id,
        new.content,
        new.reason.value,
        new.comment,
        now,
    )
    if row is None:  # A twin was quicker, and is committed by now.
        row = await tx.fetchrow(_QUERIES["find_report"], new.reporter, new.subject, new.message_id)
        return _report(row), False
    return _report(row), True


def _report(row: Record | None) -> Report:
    if row is None:
        raise RuntimeError("a report that is known is not there")
    return Report(
        id=row["id"],
        reporter=UserId(row["reporter_id"]),
        subject=UserId(row["subject_id"]),
        message_id=row["message_id"],
        content=row["content"],
        reason=ReportReason(row["reason"]),
        comment=row["comment"],
        state=ReportState(row["state"]),
        created_at=row["created_at"],
        decided_by=None if row["decided_by"] is None else UserId(row["decided_by"]),
        decided_at=row["decided_at"],
        decision=row["decision"],
    )
