"""Worker processes are started together, started again when they end, and stopped together."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from causerie.foundation.processes import EndedTooSoon, Team, heartbeat
from causerie.foundation.processes import team as team_module
from causerie.foundation.processes.team import ChildStatus
from causerie.foundation.telemetry import metrics

# It says that it is ready, and then waits for its end; told to be obstinate, for that by SIGKILL.
WORKER = """
import asyncio, signal, socket, sys
from causerie.foundation.processes import end_with_parent, open_channel

async def main():
    end_with_parent(int(sys.argv[2]))
    if sys.argv[3] == "obstinate":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    channel = await open_channel(socket.socket(fileno=int(sys.argv[1])), {"shout": shout})
    running = asyncio.ensure_future(channel.run())
    await channel.ask("ready", seconds=10)
    await running

async def shout(body):
    return body.upper()

asyncio.run(main())
"""
SOON_SECONDS = 60.0


@asynccontextmanager
async def a_team(*manners: str) -> AsyncIterator[Team]:
    def command(index: int, channel: int) -> list[str]:
        arguments = (str(channel), str(os.getpid()), manners[index])
        return [sys.executable, "-c", WORKER, *arguments]

    team = Team(len(manners), command, inherited=(), handlers=lambda _: {})
    try:
        yield team
    finally:
        await team.stop(SOON_SECONDS)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_worker_that_is_killed_has_a_successor_and_the_others_go_on() -> None:
    async with a_team("well", "well") as team:
        await team.start()
        victim, other = (child.pid for child in team.children)
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        first = team.children[0]
        await until(lambda: first.restarts == 1 and first.status is ChildStatus.RUNNING)
        assert first.channel is not None
        answer = await first.channel.ask("shout", b"back", seconds=SOON_SECONDS)

        assert answer == b"BACK"
        assert first.pid != victim
        assert team.children[1].pid == other
        assert team.children[1].restarts == 0


async def test_a_worker_that_hangs_is_killed_counted_and_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(heartbeat, "HUNG_SECONDS", 2.0)
    hangs = metrics.PROCESS_HANGS.value
    async with a_team("well", "well") as team:
        await team.start()
        hung, other = team.children
        victim, neighbour = hung.pid, other.pid
        assert victim is not None
        os.kill(victim, signal.SIGSTOP)
        await until(lambda: hung.restarts == 1 and hung.status is ChildStatus.RUNNING)

        assert hung.pid != victim
        assert other.pid == neighbour
        assert metrics.PROCESS_HANGS.value == hangs + 1


async def test_a_worker_that_takes_long_to_start_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(heartbeat, "HUNG_SECONDS", 0.02)
    hangs = metrics.PROCESS_HANGS.value
    async with a_team("well") as team:  # It takes a Python's start until it answers anything.
        await team.start()

    assert metrics.PROCESS_HANGS.value == hangs


async def test_a_successor_that_cannot_be_started_is_tried_again() -> None:
    starts = 0

    def command(index: int, channel: int) -> list[str]:
        nonlocal starts
        starts += 1
        program = "/nowhere/python" if starts == 2 else sys.executable
        return [program, "-c", WORKER, str(channel), str(os.getpid()), "well"]

    team = Team(1, command, inherited=(), handlers=lambda _: {})
    try:
        await team.start()
        child = team.children[0]
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        await until(lambda: child.restarts == 2 and child.status is ChildStatus.RUNNING)
    finally:
        await team.stop(SOON_SECONDS)

    assert starts == 3


async def test_a_stop_waits_for_no_back_off_and_starts_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("FIRST_BACKOFF_SECONDS", "MAX_BACKOFF_SECONDS"):
        monkeypatch.setattr(team_module, name, 10 * SOON_SECONDS)
    async with a_team("well") as team:
        await team.start()
        child = team.children[0]
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        await until(lambda: child.status is ChildStatus.BACKING_OFF)
        victim = child.pid
        began = time.monotonic()
        await team.stop(SOON_SECONDS)

        assert time.monotonic() - began < SOON_SECONDS
        assert child.pid == victim
        assert child.status is ChildStatus.STOPPED


async def test_workers_that_do_not_hear_are_killed_after_the_deadline() -> None:
    async with a_team("well", "obstinate") as team:
        await team.start()
        pids = [child.pid for child in team.children]
        began = time.monotonic()
        await team.stop(0.2)

        assert time.monotonic() - began < SOON_SECONDS
        assert not any(psutil.pid_exists(pid) for pid in pids if pid is not None)


async def test_a_worker_that_cannot_start_ends_the_start_of_all() -> None:
    def command(index: int, _: int) -> list[str]:
        return [sys.executable, "-c", "raise SystemExit(3)"]

    team = Team(2, command, inherited=(), handlers=lambda _: {})

    with pytest.raises(EndedTooSoon):
        await team.start()
    await team.stop(SOON_SECONDS)


async def test_a_worker_ends_with_its_parent_whatever_that_dies_of(tmp_path: Path) -> None:
    script = (
        "import os, subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c',"
        "'import sys, time; from causerie.foundation.processes import end_with_parent;"
        'end_with_parent(int(sys.argv[1])); open(sys.argv[2], "w").close(); time.sleep(60)\','
        "str(os.getpid()), sys.argv[1]]); print(child.pid, flush=True); time.sleep(60)"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(tmp_path / "up"), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    child = psutil.Process(int(await parent.stdout.readline()))
    await until((tmp_path / "up").exists)
    parent.kill()
    await parent.wait()

    await until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
