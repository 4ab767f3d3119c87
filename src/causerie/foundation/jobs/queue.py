"""The queue's tables: jobs are put by the transaction that needs them, taken on a lease."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import msgspec

from causerie.foundation.clock import Clock
from causerie.foundation.jobs.model import Dead, Job, JobKind, NewJob
from causerie.foundation.postgres import Connection, Database, Queries

_QUERIES = Queries.load("causerie.foundation.jobs")
# Of one destination at a time and node: enough to hide a slow answer, too few to fill all places.
MAX_PER_DESTINATION = 4
MAX_REASON_CHARS = 500


class JobQueue:
    """What all slices put their work into."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._wakers: list[Callable[[], None]] = []

    async def put(self, tx: Connection, *jobs: NewJob) -> None:
        """Store jobs inside the caller's transaction: they are done if and only if it commits.

        They are seen within a second; ``wake`` after the commit has them seen at once.
        """
        if not jobs:
            return
        now = self._clock.now()
        # One statement cannot meet the same key twice.
        first = {(job.kind, job.key): job for job in reversed(jobs) if job.key is not None}
        jobs = (*(job for job in jobs if job.key is None), *reversed(first.values()))
        await tx.execute(
            _QUERIES["put"],
            [job.kind for job in jobs],
            [msgspec.json.encode(job.payload).decode() for job in jobs],
            [job.destination for job in jobs],
            [job.key for job in jobs],
            [job.due_at or now for job in jobs],
            now,
        )

    def wake(self) -> None:
        """Have this node look at once; after the commit."""
        for waker in self._wakers:
            waker()

    def on_wake(self, waker: Callable[[], None]) -> None:
        """Call back at each ``wake``."""
        self._wakers.append(waker)

    # --- for the runner --------------------------------------------------------------------------

    async def take(
        self, rooms: Sequence[tuple[JobKind, int]], *, passed: Collection[str]
    ) -> list[Job]:
        """Take up to so many of each kind that are due, until their lease is over.

        ``passed`` are destinations of which none is taken.
        """
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["take"],
                [kind.name for kind, _ in rooms],
                [room for _, room in rooms],
                [kind.lease_seconds for kind, _ in rooms],
                self._clock.now(),
                list(passed),
                MAX_PER_DESTINATION,
            )
        return [
            Job(
                id=row["id"],
                kind=row["kind"],
                payload=row["payload"],
                destination=row["destination"],
                key=row["key"],
                attempts=row["attempts"],
                created_at=row["created_at"],
            )
            for row in rows
        ]

    async def finish(self, job: Job) -> None:
        """Be done with one."""
        async with self._database.connection() as connection:
            await connection.execute(_QUERIES["finish"], job.id, job.attempts, self._clock.now())

    async def postpone(self, job: Job, *, seconds: float, is_counted: bool) -> None:
        """Try one again later; one that was not even tried is not counted."""
        now = self._clock.now()
        async with self._database.connection() as connection:
            await connection.execute(
                _QUERIES["postpone"],
                job.id,
                job.attempts,
                now + timedelta(seconds=seconds),
                now,
                0 if is_counted else 1,
            )

    async def let_go(self, jobs: Collection[Job]) -> None:
        """Give back what will not be done here."""
        async with self._database.connection() as connection:
            await connection.execute(
                _QUERIES["let_go"],
                [job.id for job in jobs],
                [job.attempts for job in jobs],
                self._clock.now(),
            )

    async def bury(self, job: Job, reason: str) -> None:
        """Move one to the dead."""
        async with self._database.connection() as connection:
            await connection.execute(
                _QUERIES["bury"],
                job.id,
                job.attempts,
                reason[:MAX_REASON_CHARS].replace("\x00", ""),
                self._clock.now(),
            )

    async def keep_up(self, *, forget_after: timedelta) -> tuple[int, int, float]:
        """Forget the long dead; count the waiting, the dead, and the seconds of the latest."""
        now = self._clock.now()
        async with self._database.connection() as connection:
            await connection.execute(_QUERIES["heal"], now)
            await connection.execute(_QUERIES["forget_dead"], now - forget_after)
            row = await connection.fetchrow(_QUERIES["count"], now)
        return (0, 0, 0.0) if row is None else (row["waiting"], row["dead"], row["late"])


class DeadLetters:
    """What could not be done, for an operator to look at and to have done again."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find(
        self, *, kind: str | None = None, before: int | None = None, limit: int = 100
    ) -> list[Dead]:
        """The newest first; ``before`` is an id, exclusive."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["list_dead"], kind, before, limit)
        return [
            Dead(
                id=row["id"],
                kind=row["kind"],
                payload=row["payload"],
                destination=row["destination"],
                attempts=row["attempts"],
                reason=row["reason"],
                created_at=row["created_at"],
                died_at=row["died_at"],
            )
            for row in rows
        ]

    async def revive(
        self,
        *,
        ids: Sequence[int] | None = None,
        kind: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Have done again what fits all that is given, by when it died; says how many."""
        async with self._database.connection() as connection:
            return int(
                await connection.fetchval(
                    _QUERIES["revive"],
                    None if ids is None else list(ids),
                    kind,
                    since,
                    until,
                    self._clock.now(),
                )
            )
