"""Background loops are supervised: what dies is seen, counted and started again."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from causerie.foundation.errors import Unavailable
from causerie.foundation.telemetry import metrics
from causerie.foundation.workers import HEALTHY_SECONDS, Workers, WorkerStatus
from tests.fakes.clock import FakeClock
from tests.fakes.virtual_time import run_in_virtual_time

STOP_SECONDS = 60.0


async def for_ever() -> None:
    await asyncio.Event().wait()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0)


def failing_times(count: int) -> tuple[Callable[[], Awaitable[None]], list[float]]:
    """A worker that fails so often, then runs; and the moments at which its lives began."""
    lives: list[float] = []

    async def run() -> None:
        lives.append(asyncio.get_running_loop().time())
        if len(lives) <= count:
            raise ConnectionError("gone: postgres://user:secret@host")
        await for_ever()

    return run, lives


async def test_a_worker_that_dies_is_started_again_and_counted() -> None:
    workers = Workers(first_backoff_seconds=0.001)
    run, lives = failing_times(3)
    workers.add("dies-thrice", run)
    workers.start()
    await until(lambda: len(lives) == 4)

    state = workers.states()["dies-thrice"]
    assert state.status is WorkerStatus.RUNNING
    assert state.restarts == 3
    assert metrics.WORKER_RESTARTS.labels("dies-thrice").value == 3
    await workers.stop(STOP_SECONDS)


async def test_what_a_worker_needs_being_away_is_told_once_and_is_no_error() -> None:
    away = Unavailable("The database is away")
    failures = iter([away, ExceptionGroup("two of its tasks", [away, away]), away])
    workers = Workers(first_backoff_seconds=0.001)

    async def run() -> None:
        for failure in failures:
            raise failure
        await for_ever()

    with capture_logs() as lines:
        workers.add("stands-on-it", run)
        workers.start()
        await until(lambda: workers.states()["stands-on-it"].restarts == 3)
    await workers.stop(STOP_SECONDS)

    (line,) = lines
    assert (line["log_level"], line["event"]) == ("warning", "worker_waits")
    assert metrics.WORKER_RESTARTS.labels("stands-on-it").value == 3


async def test_a_bug_beside_what_is_away_is_an_error() -> None:
    workers = Workers(first_backoff_seconds=60)

    async def run() -> None:
        raise ExceptionGroup("both", [Unavailable("away"), KeyError("a bug")])

    with capture_logs() as lines:
        workers.add("has-a-bug", run)
        workers.start()
        await until(lambda: workers.states()["has-a-bug"].status is WorkerStatus.BACKING_OFF)
    await workers.stop(STOP_SECONDS)

    (line,) = lines
    assert (line["log_level"], line["event"]) == ("error", "worker_failed")


async def test_the_state_names_the_error_but_never_its_text() -> None:
    workers = Workers(first_backoff_seconds=60)
    run, _ = failing_times(1)
    workers.add("dies-once", run)
    workers.start()
    await until(lambda: workers.states()["dies-once"].status is WorkerStatus.BACKING_OFF)

    state = workers.states()["dies-once"]
    assert state.last_error == "ConnectionError"
    assert not state.is_healthy
    await workers.stop(STOP_SECONDS)


def test_the_pause_before_a_restart_doubles_up_to_its_cap() -> None:
    async def scenario() -> list[float]:
        workers = Workers(first_backoff_seconds=1, max_backoff_seconds=4)
        run, lives = failing_times(5)
        workers.add("dies-often", run)
        workers.start()
        await asyncio.sleep(60)
        await workers.stop(STOP_SECONDS)
        return lives

    lives = run_in_virtual_time(scenario())

    pauses = [after - before for before, after in itertools.pairwise(lives)]
    for pause, least in zip(pauses, [1, 2, 4, 4, 4], strict=True):
        assert least * 0.9 <= pause < least * 2


async def test_a_long_run_makes_the_next_pause_short_again() -> None:
    clock = FakeClock()
    workers = Workers(clock=clock, first_backoff_seconds=0.01, max_backoff_seconds=3600)
    lives = 0

    async def fails_after_a_long_run() -> None:
        nonlocal lives
        lives += 1
        clock.advance(HEALTHY_SECONDS + 1)
        raise ConnectionError

    workers.add("long-lived", fails_after_a_long_run)
    workers.start()

    # Were the failures added up, the pauses would take ten seconds in all.
    await until(lambda: lives >= 11)

    assert workers.states()["long-lived"].restarts >= 10
    await workers.stop(STOP_SECONDS)


async def test_a_worker_that_ends_by_itself_has_failed() -> None:
    workers = Workers(first_backoff_seconds=60)

    async def returns() -> None:
        return

    workers.add("returns", returns)
    workers.start()
    await until(lambda: workers.states()["returns"].status is not WorkerStatus.RUNNING)

    assert workers.states()["returns"].last_error == "EndedByItself"
    await workers.stop(STOP_SECONDS)


async def test_a_worker_without_restart_may_come_to_its_end() -> None:
    workers = Workers()

    async def returns() -> None:
        return

    workers.add("once", returns, restart=False)
    workers.start()
    await until(lambda: workers.states()["once"].status is not WorkerStatus.RUNNING)

    assert workers.states()["once"].status is WorkerStatus.FINISHED
    assert workers.states()["once"].is_healthy


async def test_a_worker_without_restart_that_raises_stays_failed() -> None:
    workers = Workers(first_backoff_seconds=0)
    run, lives = failing_times(1)
    workers.add("fragile", run, restart=False)
    workers.start()
    await until(lambda: workers.states()["fragile"].status is not WorkerStatus.RUNNING)

    assert workers.states()["fragile"].status is WorkerStatus.FAILED
    assert len(lives) == 1


async def test_a_cancellation_that_nobody_asked_for_is_a_failure_like_another() -> None:
    workers = Workers(first_backoff_seconds=60)

    async def leaks_a_cancellation() -> None:
        raise asyncio.CancelledError

    workers.add("leaky", leaks_a_cancellation)
    workers.start()
    await until(lambda: workers.states()["leaky"].status is not WorkerStatus.RUNNING)

    assert workers.states()["leaky"].status is WorkerStatus.BACKING_OFF
    await workers.stop(STOP_SECONDS)


async def test_a_name_is_given_once() -> None:
    workers = Workers()
    workers.add("sweeper", for_ever)

    with pytest.raises(ValueError, match="sweeper"):
        workers.add("sweeper", for_ever)


async def test_workers_stop_in_the_reverse_of_their_order() -> None:
    workers = Workers()
    stopped: list[str] = []

    def worker(name: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            try:
                await for_ever()
            finally:
                stopped.append(name)

        return run

    workers.add("first", worker("first"))
    workers.add("second", worker("second"))
    workers.start()
    await asyncio.sleep(0)
    late = await workers.stop(STOP_SECONDS)

    assert late == []
    assert stopped == ["second", "first"]
    assert {s.status for s in workers.states().values()} == {WorkerStatus.STOPPED}


async def test_a_worker_that_will_not_stop_is_named_when_the_deadline_is_over() -> None:
    workers = Workers()
    released = asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    workers.add("polite", for_ever)
    workers.add("stubborn", stubborn, restart=False)
    workers.start()
    await asyncio.sleep(0)
    late = await workers.stop(0.02)

    assert "stubborn" in late
    released.set()
    await until(lambda: workers.states()["polite"].status is WorkerStatus.STOPPED)


async def test_a_worker_added_late_starts_at_once() -> None:
    workers = Workers()
    workers.start()
    workers.add("late", for_ever)

    assert workers.states()["late"].status is WorkerStatus.RUNNING
    await workers.stop(STOP_SECONDS)


async def test_a_worker_stopped_before_its_first_step_is_stopped() -> None:
    workers = Workers()
    workers.add("young", for_ever)
    workers.start()
    await workers.stop(STOP_SECONDS)

    assert workers.states()["young"].status is WorkerStatus.STOPPED


async def test_what_is_to_be_done_last_is_done_when_the_loop_has_ended() -> None:
    workers = Workers()
    order: list[str] = []

    async def run() -> None:
        try:
            await for_ever()
        finally:
            order.append("ended")

    async def last() -> None:
        order.append("said goodbye")

    async def hang() -> None:
        await for_ever()

    workers.add("hangs", for_ever, last=hang)
    workers.add("leaves", run, last=last)
    workers.start()
    await asyncio.sleep(0)
    late = await workers.stop(1.5)

    assert order == ["ended", "said goodbye"]
    assert late == []
