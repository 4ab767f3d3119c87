"""The worst check is the server's health, and none of them can hold the answer back."""

from __future__ import annotations

import asyncio
from pathlib import Path

from structlog.testing import capture_logs
from typing_extensions import override

from causerie.foundation.clock import Clock, SystemClock
from causerie.foundation.postgres import Disk, DiskState
from causerie.foundation.workers import Workers
from causerie.gateway import health as health_module
from causerie.gateway.health import (
    DiskCheck,
    Finding,
    FlagCheck,
    Health,
    HealthCheck,
    HealthStatus,
    MemoryCheck,
    WorkersCheck,
)
from tests.fakes.virtual_time import VirtualTimeLoop, run_in_virtual_time


class Scripted(HealthCheck):
    """A check that finds what it is told, counts, and can hang."""

    def __init__(self, name: str, found: HealthStatus | Exception = HealthStatus.OK) -> None:
        self._name = name
        self.found = found
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    @property
    @override
    def name(self) -> str:
        return self._name

    @override
    async def check(self) -> Finding:
        self.asked += 1
        await self.may_answer.wait()
        if isinstance(self.found, Exception):
            raise self.found
        return Finding(self.found, {"asked": self.asked})


class StuckClock(SystemClock):
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = 100.0

    @override
    def monotonic(self) -> float:
        return self.moment


class FakeDisk(Disk):
    """A disk in a state of the test's choice."""

    def __init__(self, state: DiskState) -> None:
        self._state = state

    @property
    @override
    def state(self) -> DiskState:
        return self._state

    @override
    def report_full(self) -> None:
        self._state = DiskState.FULL


def health_of(*checks: HealthCheck, clock: Clock | None = None) -> Health:
    return Health(checks, version="1", environment="test", clock=clock or SystemClock())


async def test_the_worst_finding_is_the_servers_status() -> None:
    checks = [Scripted("a"), Scripted("b", HealthStatus.DOWN), Scripted("c", HealthStatus.DEGRADED)]

    report = await health_of(*checks).report()

    assert report.status is HealthStatus.DOWN
    assert report.checks["c"] == {"status": HealthStatus.DEGRADED, "asked": 1}


async def test_a_degraded_server_still_serves() -> None:
    report = await health_of(Scripted("a"), Scripted("b", HealthStatus.DEGRADED)).report()

    assert report.status is HealthStatus.DEGRADED


async def test_a_check_that_raises_is_down_and_tells_no_secrets() -> None:
    report = await health_of(Scripted("db", OSError("password=hunter2"))).report()

    assert report.checks["db"] == {"status": HealthStatus.DOWN, "error": "OSError"}


def test_a_check_that_hangs_is_down_in_time_and_is_not_asked_again() -> None:
    async def scenario() -> tuple[set[HealthStatus], int]:
        hanging, clock = Scripted("database"), StuckClock()
        hanging.may_answer.clear()
        health = health_of(hanging, clock=clock)
        async with asyncio.timeout(health_module.CHECK_TIMEOUT_SECONDS * 3):
            first = await health.report()
            clock.moment += 10
            second = await health.report()
        await health.close()
        return {first.status, second.status}, hanging.asked

    assert run_in_virtual_time(scenario()) == ({HealthStatus.DOWN}, 1)


def test_who_was_stopped_itself_blames_no_check_for_it() -> None:
    async def scenario() -> HealthStatus:
        slow, loop = Scripted("database"), asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        slow.may_answer.clear()
        loop.call_later(0.1, loop.stand_still, 5.0)
        loop.call_later(5.2, slow.may_answer.set)
        return (await health_of(slow).report()).status

    assert run_in_virtual_time(scenario()) is HealthStatus.OK


async def test_a_check_that_hung_is_asked_again_once_it_is_over() -> None:
    hanging, clock = Scripted("database"), StuckClock()
    hanging.may_answer.clear()
    health = health_of(hanging, clock=clock)
    await health.report()

    hanging.may_answer.set()
    clock.moment += 10
    await health.report()
    clock.moment += 10
    last = await health.report()

    assert (last.status, hanging.asked) == (HealthStatus.OK, 2)


async def test_many_callers_at_once_ask_once() -> None:
    check = Scripted("database")
    health = health_of(check, clock=StuckClock())

    await asyncio.gather(*(health.report() for _ in range(50)))

    assert check.asked == 1


async def test_an_old_report_is_not_given_again() -> None:
    check, clock = Scripted("database"), StuckClock()
    health = health_of(check, clock=clock)
    await health.report()

    check.found = HealthStatus.DOWN
    clock.moment += health_module.FRESH_SECONDS * 2

    assert (await health.report()).status is HealthStatus.DOWN


async def test_memory_is_measured() -> None:
    finding = await MemoryCheck().check()

    resident = finding.figures["resident_bytes"]
    assert isinstance(resident, int)
    assert resident > 10_000_000


async def test_a_disk_that_takes_nothing_new_is_down(tmp_path: Path) -> None:
    low = await DiskCheck(tmp_path, FakeDisk(DiskState.LOW)).check()
    full = await DiskCheck(tmp_path, FakeDisk(DiskState.FULL)).check()

    assert low.status is full.status is HealthStatus.DOWN


async def test_a_disk_with_room_is_not_down(tmp_path: Path) -> None:
    finding = await DiskCheck(tmp_path, FakeDisk(DiskState.OK)).check()

    assert finding.status is not HealthStatus.DOWN
    assert finding.figures["free_bytes"]


async def test_a_worker_that_does_not_run_degrades() -> None:
    async def sweep() -> None:
        """Do nothing: it is not even started."""

    workers = Workers()
    workers.add("sweeper", sweep)

    finding = await WorkersCheck(workers).check()

    assert finding.status is HealthStatus.DEGRADED
    assert "sweeper" in finding.figures


async def test_a_flag_is_read_when_it_is_asked() -> None:
    states = [True]
    check = FlagCheck("writer", lambda: states[-1])
    before = await check.check()

    states.append(False)

    assert (before.status, (await check.check()).status) == (HealthStatus.OK, HealthStatus.DOWN)


async def test_a_check_that_fails_is_in_the_log_once_and_once_when_it_is_well_again() -> None:
    clock = StuckClock()
    check = Scripted("database", ConnectionError("gone"))
    health = Health([check], version="1", environment="test", clock=clock)

    async def ask(times: int) -> None:
        for _ in range(times):
            clock.moment += 10
            await health.report()

    with capture_logs() as lines:
        await ask(3)
        check.found = HealthStatus.OK
        await ask(2)

    assert check.asked == 5
    assert [line["event"] for line in lines] == ["health_check_failed", "health_check_recovered"]
