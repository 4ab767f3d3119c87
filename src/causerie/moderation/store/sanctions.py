"""Sanctions in PostgreSQL: each write one transaction, which restricts the user as its last act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec
from typing_extensions import override

from causerie.accounts import Restriction
from causerie.foundation.errors import NotFound
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import (
    Connection,
    Database,
    Queries,
    Record,
    name_caller,
)
from causerie.moderation.errors import (
    AlreadyAppealed,
    AlreadyDecided,
    AlreadyLifted,
    SanctionNotFound,
)
from causerie.moderation.model.sanctions import (
    Appeal,
    AppealState,
    Ladder,
    Lift,
    NewSanction,
    Rung,
    Sanction,
    SanctionKind,
    Subject,
    SubjectKind,
)
from causerie.moderation.ports.sanctions import Key, SanctionQuery, SanctionStore, Written
from causerie.moderation.store.keys import keep, replayed

_QUERIES = Queries.load("causerie.moderation")

Work = Callable[[Connection], Awaitable[Written]]


class PostgresSanctions(SanctionStore):
    """The port's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- writing ---------------------------------------------------------------------------------

    @override
    async def impose(self, new: NewSanction, *, now: datetime, key: Key | None) -> Written:
        async def work(tx: Connection) -> Written:
            await _lock(tx, new.subject)
            if new.points:
                await _add_points(tx, new.subject, new.points, await _ladder(tx), now=now)
            return await _restricted(tx, await _add(tx, new, now=now), now=now)

        return await self._once(key, work)

    @override
    async def breach(
        self, subject: Subject, rule: str, *, reason: str, now: datetime, key: Key | None = None
    ) -> Written | None:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            if await replayed(tx, key) is not None:
                return None
            written = await _breach(tx, subject, rule, reason=reason, now=now)
            await keep(tx, key, 0 if written is None else written.sanction.id)
            return written

    @override
    async def count_refusal(
        self, rule: str, *, reason: str, now: datetime
    ) -> tuple[bool, Written | None]:
        async with self._database.transaction() as tx:
            row = await tx.fetchrow(_QUERIES["take_refusal"])
            if row is None:
                return False, None
            if not row["is_somebody"]:
                return True, None
            subject = Subject(SubjectKind.USER, row["author_id"])
            return True, await _breach(tx, subject, rule, reason=reason, now=now)

    @override
    async def lift(
        self, sanction_id: int, *, by: UserId | None, reason: str, now: datetime, key: Key | None
    ) -> Written:
        async def work(tx: Connection) -> Written:
            await _lock(tx, (await _require(tx, sanction_id)).subject)
            return await _lifted(tx, sanction_id, by=by, reason=reason, now=now)

        return await self._once(key, work)

    @override
    async def appeal(
        self, sanction_id: int, *, by: UserId, text: str, now: datetime, key: Key | None
    ) -> Written:
        async def work(tx: Connection) -> Written:
            sanction = await _require(tx, sanction_id)
            if sanction.subject != Subject(SubjectKind.USER, by):
                raise SanctionNotFound
            await _lock(tx, sanction.subject)
            row = await tx.fetchrow(_QUERIES["appeal_sanction"], sanction_id, text, now)
            if row is None:
                raise AlreadyAppealed
            return Written(_sanction(row), None)

        return await self._once(key, work)

    @override
    async def decide(
        self,
        sanction_id: int,
        *,
        by: UserId,
        is_granted: bool,
        reason: str,
        now: datetime,
        key: Key | None,
    ) -> Written:
        async def work(tx: Connection) -> Written:
            sanction = await _require(tx, sanction_id)
            await _lock(tx, sanction.subject)
            row = await tx.fetchrow(
                _QUERIES["decide_appeal"], sanction_id, is_granted, by, now, reason
            )
            if row is None:
                raise AlreadyDecided
            decided = _sanction(row)
            if is_granted and decided.is_active(now):
                return await _lifted(tx, sanction_id, by=by, reason=reason, now=now)
            return Written(decided, None)

        return await self._once(key, work)

    @override
    async def set_ladder(
        self, rungs: Sequence[Rung], *, half_life_seconds: int, key: Key | None
    ) -> None:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            if await replayed(tx, key) is not None:
                return
            await keep(tx, key, 0)
            await tx.execute(_QUERIES["lock_ladder"])
            await tx.execute(_QUERIES["clear_ladder"])
            await tx.execute(
                _QUERIES["add_rungs"],
                [rung.points for rung in rungs],
                [rung.kind.value for rung in rungs],
                [rung.seconds for rung in rungs],
            )
            await tx.execute(_QUERIES["set_half_life"], half_life_seconds)

    # --- reading ---------------------------------------------------------------------------------

    @override
    async def find(self, sanction_id: int) -> Sanction | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["find_sanction"], sanction_id)
        return None if row is None else _sanction(row)

    @override
    async def list(self, query: SanctionQuery, *, now: datetime) -> Sequence[Sanction]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["sanctions"],
                query.before,
                None if query.subject is None else query.subject.kind.value,
                None if query.subject is None else query.subject.id,
                None if query.kind is None else query.kind.value,
                query.active,
                now,
                query.has_open_appeal,
                query.limit,
            )
        return [_sanction(row) for row in rows]

    @override
    async def points_of(self, subject: Subject) -> tuple[float, datetime] | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(
                _QUERIES["subject_points"], subject.kind.value, subject.id
            )
        return None if row is None else (row["points"], row["points_at"])

    @override
    async def ladder(self) -> Ladder:
        async with self._database.transaction() as tx:
            return await _ladder(tx)

    async def _once(self, key: Key | None, work: Work) -> Written:
        """Do the work in a transaction, or give what it was about the first time."""
        async with self._database.transaction() as tx:
            await name_caller(tx)
            first = await replayed(tx, key)
            if first is not None:
                return Written(await _require(tx, first), None, is_new=False)
            written = await work(tx)
            await keep(tx, key, written.sanction.id)
            return written


# --- steps of a transaction; the subject's row is locked first -----------------------------------


async def _breach(
    tx: Connection, subject: Subject, rule: str, *, reason: str, now: datetime
) -> Written | None:
    ladder = await _ladder(tx)
    added = ladder.points_of.get(rule, 0.0)
    if not added:
        return None
    await _lock(tx, subject)
    rung = ladder.rung_for(await _add_points(tx, subject, added, ladder, now=now))
    if rung is None:
        return None
    new = NewSanction(subject, rung.kind, reason, seconds=rung.seconds, rule=rule, points=added)
    return await _restricted(tx, await _add(tx, new, now=now), now=now)


async def _lock(tx: Connection, subject: Subject) -> None:
    await tx.execute(_QUERIES["add_subject"], subject.kind.value, subject.id)
    await tx.fetchrow(_QUERIES["lock_subject"], subject.kind.value, subject.id)


async def _add_points(
    tx: Connection, subject: Subject, added: float, ladder: Ladder, *, now: datetime
) -> float:
    row = await tx.fetchrow(_QUERIES["subject_points"], subject.kind.value, subject.id)
    if row is None:
        raise RuntimeError("points are added to a subject that was not locked")
    points = ladder.faded(row["points"], since=row["points_at"], now=now) + added
    await tx.execute(_QUERIES["set_points"], subject.kind.value, subject.id, points, now)
    return points


async def _ladder(tx: Connection) -> Ladder:
    rungs = await tx.fetch(_QUERIES["rungs"])
    points = await tx.fetch(_QUERIES["points_of_breaches"])
    return Ladder(
        rungs=tuple(
            Rung(row["points"], SanctionKind(row["kind"]), row["seconds"]) for row in rungs
        ),
        points_of={row["rule"]: row["points"] for row in points},
        half_life_seconds=await tx.fetchval(_QUERIES["half_life"]),
    )


async def _add(tx: Connection, new: NewSanction, *, now: datetime) -> Sanction:
    row = await tx.fetchrow(
        _QUERIES["add_sanction"],
        new.subject.kind.value,
        new.subject.id,
        new.kind.value,
        new.conversation,
        new.reason,
        new.rule,
        new.points,
        new.author,
        now,
        new.ends_at(now),
    )
    return _sanction(row)


async def _lifted(
    tx: Connection, sanction_id: int, *, by: UserId | None, reason: str, now: datetime
) -> Written:
    row = await tx.fetchrow(_QUERIES["lift_sanction"], sanction_id, now, by, reason)
    if row is None:
        raise AlreadyLifted
    return await _restricted(tx, _sanction(row), now=now)


async def _restricted(tx: Connection, sanction: Sanction, *, now: datetime) -> Written:
    """Have accounts forbid what all sanctions of the subject come to, and tell the user of this."""
    subject = sanction.subject
    if subject.kind is not SubjectKind.USER:
        return Written(sanction, None)
    row = await tx.fetchrow(_QUERIES["in_force"], subject.kind.value, subject.id, now)
    muted_until, banned_until = (row["muted_until"], row["banned_until"]) if row else (None, None)
    notice = sanction.notice()
    version = await tx.fetchval(
        _QUERIES["restrict"],
        subject.id,
        muted_until,
        banned_until,
        msgspec.json.encode(notice).decode(),
    )
    if version is None:
        raise NotFound("user")
    restriction = Restriction(UserId(subject.id), muted_until, banned_until, notice, version)
    return Written(sanction, restriction)


async def _require(tx: Connection, sanction_id: int) -> Sanction:
    row = await tx.fetchrow(_QUERIES["find_sanction"], sanction_id)
    if row is None:
        raise SanctionNotFound
    return _sanction(row)


def _sanction(row: Record | None) -> Sanction:
    if row is None:
        raise RuntimeError("a statement that gives a row gave none")
    return Sanction(
        id=row["id"],
        subject=Subject(SubjectKind(row["subject_kind"]), row["subject_id"]),
        kind=SanctionKind(row["kind"]),
        reason=row["reason"],
        rule=row["rule"],
        points=row["points"],
        author=_user(row["author_id"]),
        created_at=row["created_at"],
        ends_at=row["ends_at"],
        conversation=row["conversation"],
        lift=None
        if row["lifted_at"] is None
        else Lift(row["lifted_at"], _user(row["lifted_by"]), row["lift_reason"]),
        appeal=None
        if row["appeal_state"] is None
        else Appeal(
            AppealState(row["appeal_state"]),
            row["appeal_text"],
            row["appealed_at"],
            _user(row["decided_by"]),
            row["decided_at"],
            row["decision_reason"],
        ),
    )


def _user(value: int | None) -> UserId | None:
    return None if value is None else UserId(value)
