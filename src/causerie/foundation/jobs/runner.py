"""Does what waits in the queue, as a supervised worker; any number of nodes do so side by side."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog

from causerie.foundation.clock import Clock
from causerie.foundation.errors import Unavailable
from causerie.foundation.jobs.breaker import Breakers, Permit
from causerie.foundation.jobs.model import Job, JobKind, Later, Never
from causerie.foundation.jobs.queue import MAX_PER_DESTINATION, JobQueue
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

LOOK_SECONDS = 1.0  # For what other nodes put and what has become due: one look into an index.
UPKEEP_SECONDS = 60.0
KEEP_DEAD_DAYS = 30
LET_GO_SECONDS = 1.0  # At the end; what is not given back by then waits for its lease.


class JobRunner:
    """Takes jobs of the kinds that it was given, as many at a time as each kind allows."""

    def __init__(
        self,
        queue: JobQueue,
        clock: Clock,
        *,
        chance: Callable[[], float] = random.random,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._queue = queue
        self._clock = clock
        self._chance = chance
        self._look_seconds = look_seconds
        self._kinds: dict[str, JobKind] = {}
        self._under_way: dict[asyncio.Task[None], Job] = {}
        self._left: list[Job] = []  # cut off by the end, to be given back
        self._breakers = Breakers(clock)
        self._waker = asyncio.Event()
        queue.on_wake(self._waker.set)
        metrics.CIRCUITS_OPEN.read_from(self._breakers.open_count)

    def add(self, kinds: Iterable[JobKind]) -> None:
        """Do these kinds too. Raises ``ValueError`` for a name that is taken."""
        for kind in kinds:
            if kind.name in self._kinds:
                raise ValueError(f"there are jobs named {kind.name!r} already")
            self._kinds[kind.name] = kind

    async def run(self) -> None:
        """Run for ever, as a supervised worker; when it ends, what it had taken is given back."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_up())
                while True:
                    self._waker.clear()
                    if not await self._take(group):
                        with contextlib.suppress(TimeoutError):
                            async with asyncio.timeout(self._look_seconds):
                                await self._waker.wait()
        finally:
            await self._let_go()

    async def _take(self, group: asyncio.TaskGroup) -> bool:
        """Start what is due and has room; says whether more may be."""
        busy = Counter(job.kind for job in self._under_way.values())
        rooms = [
            (kind, kind.concurrency - busy[kind.name])
            for kind in self._kinds.values()
            if busy[kind.name] < kind.concurrency
        ]
        if not rooms:
            return False
        asked = Counter(job.destination for job in self._under_way.values() if job.destination)
        crowded = [name for name, count in asked.items() if count >= MAX_PER_DESTINATION]
        try:
            jobs = await self._queue.take(rooms, passed=[*crowded, *self._breakers.shut()])
        except Unavailable:
            return False  # Health says so; a second later is soon enough.
        for job in jobs:
            task = group.create_task(self._do(job), name=f"job:{job.kind}")
            self._under_way[task] = job
            task.add_done_callback(self._ended)
        return bool(jobs)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._waker.set()

    async def _do(self, job: Job) -> None:
        breaker = None if job.destination is None else self._breakers.of(job.destination)
        permit = None if breaker is None else breaker.try_pass()
        try:
            if breaker is not None and permit is None:
                await self._queue.postpone(job, seconds=0, is_counted=False)
            else:
                await self._try(self._kinds[job.kind], job, permit)
        except asyncio.CancelledError:
            self._left.append(job)
            raise
        except Unavailable:
            pass  # How it ended could not be stored: with its lease it comes back.
        except Exception:
            # The same; and no job, nor what is told of its death, may end the others.
            log.exception("job_not_settled", kind=job.kind, job=job.id)
        finally:
            if permit is not None:
                permit.unused()

    async def _try(self, kind: JobKind, job: Job, permit: Permit | None) -> None:
        if job.attempts > kind.retries.attempts:
            # Whoever worked on it was gone each time before saying what had happened.
            await self._give_up(kind, job, "it was begun again and again, and never ended")
            return
        error = await self._attempt(kind, job)
        if permit is not None:
            if not isinstance(error, Later):
                permit.succeeded()
            elif error.is_away:
                permit.failed()
        if error is None:
            metrics.JOBS.labels(job.kind, "done").inc()
            await self._queue.finish(job)
        elif isinstance(error, Never) or job.attempts >= kind.retries.attempts:
            await self._give_up(kind, job, str(error))
        else:
            await self._postpone(kind, job, error)

    async def _attempt(self, kind: JobKind, job: Job) -> Later | Never | None:
        """Do it; gives what it failed by."""
        try:
            async with asyncio.timeout(kind.timeout_seconds):
                await kind.handle(job)
        except (Later, Never) as error:
            return error
        except Unavailable:
            return Later("the database is away", is_away=False)
        except TimeoutError:
            return Later(f"not done in {kind.timeout_seconds:g} s")
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return Later("cancelled from inside", is_away=False)
        except Exception as error:
            log.exception("job_broke", kind=job.kind, job=job.id)
            return Later(type(error).__name__, is_away=False)
        return None

    async def _postpone(self, kind: JobKind, job: Job, error: Later) -> None:
        seconds = kind.retries.delay(job.attempts, error.after_seconds, self._chance())
        metrics.JOBS.labels(job.kind, "postponed").inc()
        log.info(
            "job_postponed",
            kind=job.kind,
            job=job.id,
            attempt=job.attempts,
            seconds=round(seconds, 1),
            reason=str(error),
        )
        await self._queue.postpone(job, seconds=seconds, is_counted=True)

    async def _give_up(self, kind: JobKind, job: Job, reason: str) -> None:
        metrics.JOBS.labels(job.kind, "dead").inc()
        log.warning("job_dead", kind=job.kind, job=job.id, attempts=job.attempts, reason=reason)
        if kind.bury is not None:
            await kind.bury(job, reason)
        if kind.has_own_list:
            await self._queue.finish(job)
        else:
            await self._queue.bury(job, reason)

    async def _keep_up(self) -> None:
        while True:
            with contextlib.suppress(Unavailable):
                waiting, dead, late = await self._queue.keep_up(
                    forget_after=timedelta(days=KEEP_DEAD_DAYS)
                )
                metrics.JOBS_WAITING.set(waiting)
                metrics.JOBS_DEAD.set(dead)
                metrics.JOBS_LATE_SECONDS.set(late)
            await asyncio.sleep(UPKEEP_SECONDS)

    async def _let_go(self) -> None:
        left, self._left = self._left, []
        if not left:
            return
        with contextlib.suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(LET_GO_SECONDS):
                await self._queue.let_go(left)
