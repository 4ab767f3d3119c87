"""Whether the server can do its work: named checks, each with a time limit, asked together."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec
import structlog
from typing_extensions import override

from causerie.foundation.cache import Cache, CacheAway
from causerie.foundation.clock import Clock
from causerie.foundation.postgres import Database, Disk, DiskState
from causerie.foundation.workers import Workers

log = structlog.get_logger()

CHECK_TIMEOUT_SECONDS = 1.0  # A load balancer asks every few seconds and waits two or three.
STALL_SECONDS = 0.25  # So much later than asked for does no loop wake that others let run.
FRESH_SECONDS = 0.25  # Anyone may ask; the database is asked four times a second at most.
LOW_FREE_BYTES = 1 << 30  # An operator who is told now has some hours of a busy server left.


class HealthStatus(StrEnum):
    """``degraded`` still serves; ``down`` does not."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


class Finding(msgspec.Struct, frozen=True):
    """What one check found; figures carry their unit in their name."""

    status: HealthStatus
    figures: Mapping[str, object] = {}


class Report(msgspec.Struct, frozen=True):
    """What all checks found; the worst one is the server's status."""

    status: HealthStatus
    version: str
    environment: str
    uptime_seconds: float
    checks: Mapping[str, Mapping[str, object]]


class HealthCheck(Protocol):
    """One thing that must be well."""

    @property
    def name(self) -> str:
        """What it is called in the report."""
        ...

    async def check(self) -> Finding:
        """Look. What it raises, and taking over a second, count as ``down``."""
        ...


class Health:
    """Asks all checks. A check that hangs is waited for once, not again by every caller."""

    def __init__(
        self, checks: Sequence[HealthCheck], *, version: str, environment: str, clock: Clock
    ) -> None:
        self.version = version
        self.environment = environment
        self._checks = checks
        self._clock = clock
        self._started = clock.monotonic()
        self._running: dict[str, asyncio.Task[Finding]] = {}
        self._failing: set[str] = set()  # Whose error is in the log already.
        self._asking = asyncio.Lock()
        self._last: tuple[float, Report] | None = None

    @property
    def uptime_seconds(self) -> float:
        """How long this process has been serving."""
        return round(self._clock.monotonic() - self._started, 3)

    async def report(self) -> Report:
        """Ask every check at once; done within ``CHECK_TIMEOUT_SECONDS``, whatever hangs.

        Who was stopped itself, and wakes late, waits as long once more and blames nobody for it.
        """
        async with self._asking:
            if self._last is None or self._clock.monotonic() - self._last[0] > FRESH_SECONDS:
                report = await self._ask()
                self._last = (self._clock.monotonic(), report)
            return self._last[1]

    async def close(self) -> None:
        """Give up what still hangs."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        self._running.clear()

    async def _ask(self) -> Report:
        for check in self._checks:
            if check.name not in self._running:
                self._running[check.name] = asyncio.create_task(check.check(), name=check.name)
        clock = asyncio.get_running_loop().time
        wakes_at = clock() + CHECK_TIMEOUT_SECONDS
        if await self._wait() and clock() > wakes_at + STALL_SECONDS:
            await self._wait()
        findings = {check.name: self._collect(check.name) for check in self._checks}
        return Report(
            status=_worst([finding.status for finding in findings.values()]),
            version=self.version,
            environment=self.environment,
            uptime_seconds=self.uptime_seconds,
            checks={
                name: {"status": finding.status, **finding.figures}
                for name, finding in findings.items()
            },
        )

    async def _wait(self) -> bool:
        """Wait for what is asked; says whether something has not answered in time."""
        if not self._running:
            return False
        # Not wait_for: a cancelled query on a stopped PostgreSQL waits for its own end as well.
        _, late = await asyncio.wait(self._running.values(), timeout=CHECK_TIMEOUT_SECONDS)
        return bool(late)

    def _collect(self, name: str) -> Finding:
        task = self._running[name]
        if not task.done():
            return Finding(HealthStatus.DOWN, {"error": "no answer in time"})
        del self._running[name]
        error = task.exception()
        if error is not None:
            if name not in self._failing:  # Who asks every second needs no line every second.
                self._failing.add(name)
                log.warning("health_check_failed", check=name, exc_info=error)
            return Finding(HealthStatus.DOWN, {"error": type(error).__name__})
        if name in self._failing:
            self._failing.remove(name)
            log.info("health_check_recovered", check=name)
        return task.result()


def _worst(statuses: Sequence[HealthStatus]) -> HealthStatus:
    for status in (HealthStatus.DOWN, HealthStatus.DEGRADED):
        if status in statuses:
            return status
    return HealthStatus.OK


class DatabaseCheck(HealthCheck):
    """Whether PostgreSQL answers, and how fast."""

    name = "database"

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def check(self) -> Finding:
        started = time.perf_counter()
        async with self._database.connection() as connection:
            await connection.fetchval("SELECT 1")
        latency = (time.perf_counter() - started) * 1000
        return Finding(HealthStatus.OK, {"latency_ms": round(latency, 3)})


class RedisCheck(HealthCheck):
    """Whether Redis can be used. Without it a node goes on by itself: it degrades, and stays up."""

    name = "redis"

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    @override
    async def check(self) -> Finding:
        pools = {p.name: {"in_use": p.in_use, "size": p.size} for p in self._cache.pools}
        started = time.perf_counter()
        try:
            await self._cache.main.call("PING")
        except CacheAway as away:
            seconds = round(self._cache.seconds_in_state, 1)
            figures = {"reason": away.reason.value, "away_seconds": seconds, "pools": pools}
            return Finding(HealthStatus.DEGRADED, figures)
        latency = (time.perf_counter() - started) * 1000
        return Finding(HealthStatus.OK, {"latency_ms": round(latency, 3), "pools": pools})


class MemoryCheck(HealthCheck):
    """How much memory the process holds; it informs, it cannot fail."""

    name = "memory"

    @override
    async def check(self) -> Finding:
        # proc_pid_statm(5): the second field is the resident set, in pages.
        statm = await asyncio.to_thread(Path("/proc/self/statm").read_text, "ascii")
        resident = int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return Finding(HealthStatus.OK, {"resident_bytes": resident})


class DiskCheck(HealthCheck):
    """Whether the data folder can still grow; down as soon as the database takes nothing new."""

    name = "disk"

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk

    @override
    async def check(self) -> Finding:
        usage = await asyncio.to_thread(shutil.disk_usage, self._folder)
        figures = {"free_bytes": usage.free, "total_bytes": usage.total}
        if self._disk.state is not DiskState.OK:
            return Finding(HealthStatus.DOWN, figures)
        is_low = usage.free < LOW_FREE_BYTES
        return Finding(HealthStatus.DEGRADED if is_low else HealthStatus.OK, figures)


class WorkersCheck(HealthCheck):
    """Whether every background loop runs; one that is about to be restarted degrades."""

    name = "workers"

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    @override
    async def check(self) -> Finding:
        states = self._workers.states()
        status = HealthStatus.OK
        if not all(state.is_healthy for state in states.values()):
            status = HealthStatus.DEGRADED
        figures = {name: msgspec.structs.asdict(state) for name, state in states.items()}
        return Finding(status, figures)


class FlagCheck(HealthCheck):
    """Something that somebody else watches, and that is either well or not (the writer)."""

    def __init__(
        self,
        name: str,
        is_well: Callable[[], bool],
        *,
        otherwise: HealthStatus = HealthStatus.DOWN,
    ) -> None:
        self._name = name
        self._is_well = is_well
        self._otherwise = otherwise

    @property
    @override
    def name(self) -> str:
        return self._name

    @override
    async def check(self) -> Finding:
        return Finding(HealthStatus.OK if self._is_well() else self._otherwise)
