"""Every background loop of the server: named, supervised, restarted with back-off, counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum

import msgspec
import structlog

from causerie.foundation.clock import Clock, SystemClock
from causerie.foundation.errors import Unavailable
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

FIRST_BACKOFF_SECONDS = 0.1  # A hiccup of the database is over by then.
MAX_BACKOFF_SECONDS = 30.0  # Who mends a fault by hand waits half a minute at most to see it.
HEALTHY_SECONDS = 60.0  # A run this long forgets what failed before it.


class WorkerStatus(StrEnum):
    """Where a worker stands in its life."""

    WAITING = "waiting"  # added, and not started yet
    RUNNING = "running"
    BACKING_OFF = "backing_off"  # failed, and about to be started again
    FINISHED = "finished"  # came to its end, as one that is not restarted may
    FAILED = "failed"  # raised, and is not restarted
    STOPPED = "stopped"


class WorkerState(msgspec.Struct, frozen=True):
    """What ``/health`` shows of a worker. ``last_error`` is a type's name, never a text."""

    status: WorkerStatus
    restarts: int
    last_error: str | None

    @property
    def is_healthy(self) -> bool:
        """Say whether the worker does its work, or has done it."""
        return self.status in {WorkerStatus.RUNNING, WorkerStatus.FINISHED}


class EndedByItself(Exception):  # noqa: N818 - a fact about the worker, named as the logs show it
    """A worker that should run for ever returned."""


class _Worker:
    """One loop and its books; ``run`` is called afresh for each life."""

    def __init__(
        self,
        name: str,
        run: Callable[[], Awaitable[None]],
        *,
        restart: bool,
        last: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self.name = name
        self.run = run
        self.restart = restart
        self.last = last
        self.status = WorkerStatus.WAITING
        self.restarts = 0
        self.last_error: str | None = None
        self.task: asyncio.Task[None] | None = None

    def note_end(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            self.status = WorkerStatus.STOPPED

    def state(self) -> WorkerState:
        return WorkerState(self.status, self.restarts, self.last_error)


class Workers:
    """Owns the tasks of all background loops, so that none dies unseen and none outlives the server.

    A worker with ``restart`` runs for ever: raising and returning both count as a failure, after
    which it is started again, later and later (``first_backoff_seconds`` doubling up to
    ``max_backoff_seconds``) until a run has lasted ``HEALTHY_SECONDS``.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        first_backoff_seconds: float = FIRST_BACKOFF_SECONDS,
        max_backoff_seconds: float = MAX_BACKOFF_SECONDS,
    ) -> None:
        self._clock = clock or SystemClock()
        self._first_backoff_seconds = first_backoff_seconds
        self._max_backoff_seconds = max_backoff_seconds
        self._workers: dict[str, _Worker] = {}
        self._started = False
        metrics.WORKER_UP.read_from(self._up)

    def add(
        self,
        name: str,
        run: Callable[[], Awaitable[None]],
        *,
        restart: bool = True,
        last: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Take a loop into care; it starts with the others, or at once where they have started.

        ``last`` is done once the loop was stopped in order. Raises ``ValueError`` for a name that is taken: metrics and ``/health`` tell workers by it.
        """
        if name in self._workers:
            raise ValueError(f"there is a worker named {name!r} already")
        worker = _Worker(name, run, restart=restart, last=last)
        self._workers[name] = worker
        metrics.WORKER_RESTARTS.labels(name)  # shown as 0 from the start, so that a rise is seen
        if self._started:
            self._launch(worker)

    def start(self) -> None:
        """Start every worker, in the order in which they were added."""
        self._started = True
        for worker in self._workers.values():
            if worker.task is None:
                self._launch(worker)

    async def stop(self, deadline_seconds: float) -> list[str]:
        """Cancel the workers, the latest first, since later ones stand on earlier ones.

        Returns the names of those that had not ended after ``deadline_seconds`` in all.
        """
        self._started = False
        ends_at = time.monotonic() + deadline_seconds
        for worker in reversed(self._workers.values()):
            if worker.task is None:
                continue
            worker.task.cancel()
            await asyncio.wait({worker.task}, timeout=max(0.0, ends_at - time.monotonic()))
            if worker.last is not None:
                await self._do_last(worker.name, worker.last, ends_at)
        late = [w.name for w in self._workers.values() if w.task is not None and not w.task.done()]
        if late:
            log.warning("workers_not_stopped_in_time", workers=late, seconds=deadline_seconds)
        return late

    @staticmethod
    async def _do_last(name: str, last: Callable[[], Awaitable[None]], ends_at: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, ends_at - time.monotonic())):
                await last()
        except Exception as error:
            log.warning("worker_ended_without_its_last", worker=name, error=type(error).__name__)

    def states(self) -> dict[str, WorkerState]:
        """Tell how each worker fares, by name, in the order in which they were added."""
        return {name: worker.state() for name, worker in self._workers.items()}

    def _up(self) -> dict[str, float]:
        return {name: float(state.is_healthy) for name, state in self.states().items()}

    def _launch(self, worker: _Worker) -> None:
        worker.status = WorkerStatus.RUNNING
        worker.task = asyncio.create_task(self._supervise(worker), name=f"worker:{worker.name}")
        # A callback, since a task that is cancelled before its first step runs no code of its own.
        worker.task.add_done_callback(worker.note_end)

    async def _supervise(self, worker: _Worker) -> None:
        failures_in_a_row = 0
        while True:
            began = self._clock.monotonic()
            error = await self._live(worker)
            if error is None:
                return
            if self._clock.monotonic() - began >= HEALTHY_SECONDS:
                failures_in_a_row = 0
            self._tell(worker, error, is_first=failures_in_a_row == 0)
            if not worker.restart:
                worker.status = WorkerStatus.FAILED
                return
            worker.status = WorkerStatus.BACKING_OFF
            await asyncio.sleep(self._backoff(failures_in_a_row))
            failures_in_a_row += 1
            worker.restarts += 1
            metrics.WORKER_RESTARTS.labels(worker.name).inc()
            worker.status = WorkerStatus.RUNNING

    async def _live(self, worker: _Worker) -> BaseException | None:
        """Run one life of the worker; give what ended it, or None where it came to its end."""
        try:
            await worker.run()
            if worker.restart:
                raise EndedByItself
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Nobody cancelled us: it leaked out of something that the worker awaited.
            return error
        except Exception as error:
            return error
        worker.status = WorkerStatus.FINISHED
        return None

    @staticmethod
    def _tell(worker: _Worker, error: BaseException, *, is_first: bool) -> None:
        away = _away(error) if worker.restart else None
        if away is None:
            worker.last_error = type(error).__name__
            log.error("worker_failed", worker=worker.name, restarts=worker.restarts, exc_info=error)
            return
        worker.last_error = type(away).__name__
        # What it stands on is away: that is no fault of the worker's, and is told once.
        if is_first:
            log.warning("worker_waits", worker=worker.name, reason=str(away))

    def _backoff(self, failures_in_a_row: int) -> float:
        # 2.0 ** 1024 overflows; long before that the cap holds.
        doubled = self._first_backoff_seconds * 2.0 ** min(failures_in_a_row, 32)
        return min(doubled, self._max_backoff_seconds)


def _away(error: BaseException) -> Unavailable | None:
    """The refusal, where nothing else has ended a worker, or the group of its tasks."""
    if isinstance(error, BaseExceptionGroup):
        found = [_away(inner) for inner in error.exceptions]
        return None if None in found else found[0]
    return error if isinstance(error, Unavailable) else None
