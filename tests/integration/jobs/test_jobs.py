"""Durable work on a real database: done at least once, in spite of what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from causerie.foundation.clock import SystemClock
from causerie.foundation.jobs import (
    DeadLetters,
    Job,
    JobKind,
    JobQueue,
    JobRunner,
    Later,
    Never,
    NewJob,
    Retries,
)
from causerie.foundation.jobs.breaker import FAILURES_TO_OPEN
from causerie.foundation.postgres import Database
from tests.fakes.clock import FakeClock

SOON = Retries(attempts=3, first_seconds=0.02, longest_seconds=0.02)


class Work:
    """One queue, what is done about it, and what was."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FakeClock()
        self.queue = JobQueue(database, self.clock)
        self.dead = DeadLetters(database, self.clock)
        self.done: list[int] = []

    async def put(self, *jobs: NewJob) -> None:
        async with self.database.transaction() as tx:
            await self.queue.put(tx, *jobs)

    async def note(self, job: Job) -> None:
        self.done.append(job.read(int))

    def kind(
        self,
        handle: Callable[[Job], Awaitable[None]] | None = None,
        *,
        name: str = "count",
        retries: Retries = SOON,
        timeout: float = 5,
        concurrency: int = 8,
    ) -> JobKind:
        return JobKind(
            name=name,
            handle=handle or self.note,
            timeout_seconds=timeout,
            retries=retries,
            concurrency=concurrency,
        )

    @asynccontextmanager
    async def running(self, *kinds: JobKind, real_time: bool = True) -> AsyncIterator[JobRunner]:
        """A node that works, by the clock of the wall where retries are to come by themselves."""
        clock = SystemClock() if real_time else self.clock
        runner = JobRunner(JobQueue(self.database, clock), clock, look_seconds=0.01)
        runner.add(kinds)
        task = asyncio.create_task(runner.run())
        try:
            yield runner
        finally:
            task.cancel()
            await asyncio.wait({task}, timeout=10)
            with suppress(asyncio.CancelledError):
                await task

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        async with self.database.connection() as connection:
            return [tuple(row) for row in await connection.fetch(query)]

    async def waiting(self) -> int:
        return len(await self.rows("SELECT FROM jobs.waiting"))

    async def emptied(self) -> None:
        await until_async(self.waiting, 0)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


async def until_async(ask: Callable[[], Awaitable[int]], wanted: int) -> None:
    async with asyncio.timeout(60):
        while await ask() != wanted:
            await asyncio.sleep(0.005)


@pytest.fixture
def work(database: Database) -> Work:
    return Work(database)


async def test_a_job_is_done_once_its_transaction_has_committed(work: Work) -> None:
    async with work.running(work.kind()):
        with suppress(ZeroDivisionError):
            async with work.database.transaction() as tx:
                await work.queue.put(tx, NewJob(kind="count", payload=1))
                raise ZeroDivisionError
        await work.put(NewJob(kind="count", payload=2))
        await work.emptied()

    assert work.done == [2]


async def test_several_nodes_share_the_work_and_none_is_done_twice(work: Work) -> None:
    await work.put(*(NewJob(kind="count", payload=n) for n in range(300)))
    async with (
        work.running(work.kind()),
        work.running(work.kind()),
        work.running(work.kind()),
    ):
        await work.emptied()

    assert sorted(work.done) == list(range(300))


async def test_what_fails_for_now_is_tried_again_and_then_given_up(work: Work) -> None:
    tries: list[int] = []

    async def fail(job: Job) -> None:
        tries.append(job.attempts)
        raise Later("busy")

    await work.put(NewJob(kind="count", payload=1))
    async with work.running(work.kind(fail)):
        await work.emptied()

    (dead,) = await work.dead.find()
    assert tries == [1, 2, 3]
    assert (dead.kind, dead.attempts, dead.reason) == ("count", 3, "busy")


async def test_what_will_never_work_is_not_tried_again(work: Work) -> None:
    tries: list[int] = []

    async def refuse(job: Job) -> None:
        tries.append(job.attempts)
        raise Never("gone for good")

    await work.put(NewJob(kind="count", payload=1))
    async with work.running(work.kind(refuse)):
        await work.emptied()

    assert tries == [1]
    assert [dead.reason for dead in await work.dead.find()] == ["gone for good"]


async def test_a_bug_in_one_job_harms_no_other(work: Work) -> None:
    async def divide(job: Job) -> None:
        if job.read(int) == 0:
            raise ZeroDivisionError
        await work.note(job)

    await work.put(*(NewJob(kind="count", payload=n) for n in range(5)))
    async with work.running(work.kind(divide)):
        await work.emptied()

    assert sorted(work.done) == [1, 2, 3, 4]
    assert [dead.reason for dead in await work.dead.find()] == ["ZeroDivisionError"]


async def test_one_that_hangs_is_cut_off(work: Work) -> None:
    async def hang(_: Job) -> None:
        await asyncio.Event().wait()

    await work.put(NewJob(kind="count", payload=1))
    async with work.running(work.kind(hang, timeout=0.02, retries=Retries(attempts=1))):
        await work.emptied()

    assert [dead.reason for dead in await work.dead.find()] == ["not done in 0.02 s"]


async def test_the_time_that_was_asked_for_is_kept(work: Work) -> None:
    async def throttled(_: Job) -> None:
        raise Later("429", after_seconds=120)

    await work.put(NewJob(kind="count", payload=1))
    async with work.running(work.kind(throttled), real_time=False):
        await until_async(
            lambda: _count(work, "SELECT FROM jobs.waiting WHERE attempts = 1 AND NOT is_taken"), 1
        )

    ((wait,),) = await work.rows("SELECT due_at - set_at FROM jobs.waiting")
    assert wait == timedelta(seconds=120)


async def test_what_a_dead_process_had_taken_comes_back_with_its_lease(work: Work) -> None:
    kind = work.kind()
    await work.put(NewJob(kind="count", payload=1))
    (lost,) = await work.queue.take([(kind, 8)], passed=())
    taken_early = await work.queue.take([(kind, 8)], passed=())
    work.clock.advance(kind.lease_seconds)
    (again,) = await work.queue.take([(kind, 8)], passed=())
    await work.queue.finish(lost)

    assert taken_early == []
    assert (again.id, again.attempts) == (lost.id, 2)
    assert await work.waiting() == 1, "who lost the lease cannot end the work of another"


async def test_one_that_kills_every_process_is_given_up(work: Work) -> None:
    kind = work.kind()
    await work.put(NewJob(kind="count", payload=1))
    for _ in range(kind.retries.attempts):
        await work.queue.take([(kind, 8)], passed=())
        work.clock.advance(kind.lease_seconds)
    async with work.running(kind, real_time=False):
        await work.emptied()

    assert work.done == []
    assert len(await work.dead.find()) == 1


async def test_a_clean_end_gives_back_what_was_under_way_uncounted(work: Work) -> None:
    begun = asyncio.Event()

    async def long(_: Job) -> None:
        begun.set()
        await asyncio.Event().wait()

    await work.put(NewJob(kind="count", payload=1))
    async with work.running(work.kind(long), real_time=False):
        await begun.wait()

    assert await work.rows("SELECT attempts, is_taken, due_at <= set_at FROM jobs.waiting") == [
        (0, False, True)
    ]


async def test_of_one_key_one_waits(work: Work) -> None:
    twins = [NewJob(kind="count", payload=n, key="same") for n in range(3)]
    await work.put(*twins)
    await asyncio.gather(*(work.put(twin) for twin in twins))

    assert await work.rows("SELECT payload FROM jobs.waiting") == [("0",)]


async def test_one_that_is_put_again_while_it_is_done_is_done_once_more(work: Work) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(job: Job) -> None:
        begun.set()
        await go_on.wait()
        await work.note(job)

    await work.put(NewJob(kind="count", payload=1, key="same"))
    async with work.running(work.kind(slow)):
        await begun.wait()
        await work.put(NewJob(kind="count", payload=1, key="same"))
        go_on.set()
        await work.emptied()

    assert work.done == [1, 1]


async def test_a_slow_destination_leaves_room_for_the_others(work: Work) -> None:
    async def to(job: Job) -> None:
        if job.destination == "slow":
            await asyncio.Event().wait()
        await work.note(job)

    await work.put(
        *(NewJob(kind="count", payload=n, destination="slow") for n in range(50)),
        *(NewJob(kind="count", payload=n, destination="quick") for n in range(100, 110)),
    )
    async with work.running(work.kind(to, concurrency=10)):
        await until(lambda: len(work.done) == 10)

    assert sorted(work.done) == list(range(100, 110))


async def test_a_destination_that_is_away_is_left_alone(work: Work) -> None:
    asked: list[int] = []

    async def down(job: Job) -> None:
        asked.append(job.id)
        raise Later("away")

    await work.put(*(NewJob(kind="count", payload=n, destination="down") for n in range(40)))
    await work.put(NewJob(kind="count", payload=99, destination="up", due_at=None))
    async with work.running(work.kind(down, retries=Retries())) as runner:
        await until(lambda: len(asked) >= FAILURES_TO_OPEN)
        await work.put(NewJob(kind="other", payload=7))
        runner.add([work.kind(name="other")])
        await until(lambda: work.done == [7])

    assert len(asked) < FAILURES_TO_OPEN + 8, "those that were on their way, and no more"
    assert await work.waiting() >= 40


async def test_the_dead_can_be_done_again_one_or_a_range_of_them(work: Work) -> None:
    async def refuse(_: Job) -> None:
        raise Never("wrong")

    await work.put(*(NewJob(kind="count", payload=n) for n in range(4)))
    async with work.running(work.kind(refuse)):
        await work.emptied()
    newest, *_ = await work.dead.find(limit=1)
    one = await work.dead.revive(ids=[newest.id])
    none = await work.dead.revive(kind="count", until=newest.died_at - timedelta(days=1))
    rest = await work.dead.revive(kind="count", since=newest.died_at - timedelta(days=1))
    async with work.running(work.kind()):
        await work.emptied()

    assert (one, none, rest) == (1, 0, 3)
    assert sorted(work.done) == [0, 1, 2, 3]


async def test_a_clock_that_is_put_back_stalls_nothing(work: Work) -> None:
    work.clock.jump(2 * 86400)
    await work.put(NewJob(kind="count", payload=1))
    work.clock.jump(-2 * 86400)
    async with work.running(work.kind(), real_time=False):
        await until(lambda: work.done == [1])
        await work.emptied()

    assert work.done == [1]


async def test_a_node_leaves_kinds_that_it_does_not_know_to_others(work: Work) -> None:
    await work.put(NewJob(kind="of a newer version", payload=1), NewJob(kind="count", payload=2))
    async with work.running(work.kind()):
        await until_async(work.waiting, 1)

    assert work.done == [2]


async def _count(work: Work, query: str) -> int:
    return len(await work.rows(query))
