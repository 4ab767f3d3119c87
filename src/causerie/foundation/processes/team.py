"""The worker processes of a server: started, watched, started again, stopped together."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum

import structlog

from causerie.foundation.processes import heartbeat
from causerie.foundation.processes.channel import Channel, Handler, open_channel
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

READY_TIMEOUT_SECONDS = 120.0  # A start takes two seconds, and a minute on a machine that is full.
FIRST_BACKOFF_SECONDS = 0.1  # Whoever was killed is back at once.
MAX_BACKOFF_SECONDS = 10.0  # Who mends a fault by hand sees it ten seconds later at most.
HEALTHY_SECONDS = 60.0  # A life this long forgets the short ones before it.


class EndedTooSoon(Exception):  # noqa: N818 - named after the fact; shown to the operator
    """A worker ended before it was ready, at the first start: its own log says why."""


class ChildStatus(StrEnum):
    """Where a worker process stands."""

    STARTING = "starting"
    RUNNING = "running"
    BACKING_OFF = "backing_off"
    STOPPED = "stopped"


class Child:
    """One place in the team and whoever holds it now."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.status = ChildStatus.STARTING
        self.restarts = 0
        self.started_at = 0.0
        self.channel: Channel | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.is_ready = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process that holds the place, if one does."""
        return None if self.process is None else self.process.pid


class Team:
    """A number of processes that run the same command, each with a channel to us.

    ``command`` makes the command line of a worker from its index and the descriptor of its channel;
    ``inherited`` are more descriptors that it gets under the same numbers. ``handlers`` makes the
    answers to what a worker asks; ``ready`` is answered here. ``on_ended`` hears of each that
    ended without having been told to, before another one takes its place.
    """

    def __init__(
        self,
        count: int,
        command: Callable[[int, int], Sequence[str]],
        *,
        inherited: Sequence[int],
        handlers: Callable[[Child], Mapping[str, Handler]],
        on_ended: Callable[[Child], Awaitable[None]] | None = None,
        healthy_seconds: float = HEALTHY_SECONDS,
    ) -> None:
        self.children = [Child(index) for index in range(count)]
        self._command = command
        self._inherited = tuple(inherited)
        self._handlers = handlers
        self._on_ended = on_ended
        self._healthy_seconds = healthy_seconds
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Start all at once and wait until each is ready. Raises ``EndedTooSoon``.

        Call it in the thread that lives as long as the server does (see ``life``).
        """
        self._keepers = [
            asyncio.create_task(self._keep(child), name=f"worker:{child.index}")
            for child in self.children
        ]
        waits = [
            asyncio.create_task(_ready_or_over(child, keeper))
            for child, keeper in zip(self.children, self._keepers, strict=True)
        ]
        try:
            async with asyncio.timeout(READY_TIMEOUT_SECONDS):
                await asyncio.gather(*waits)
        except TimeoutError:
            raise EndedTooSoon("a worker process was not ready in time") from None
        finally:
            for wait in waits:
                wait.cancel()

    async def stop(self, deadline_seconds: float) -> None:
        """Tell all to stop, at once and together; after the deadline they are killed."""
        self._stopping.set()
        self._signal_all(signal.SIGTERM)
        if not self._keepers:
            return
        _, late = await asyncio.wait(self._keepers, timeout=deadline_seconds)
        if late:
            log.warning("workers_killed", count=len(late), deadline_seconds=deadline_seconds)
            self._signal_all(signal.SIGKILL)
            for task in late:
                task.cancel()
            await asyncio.wait(late)
        for child in self.children:
            if child.process is not None:
                await asyncio.to_thread(child.process.wait)

    def _signal_all(self, number: signal.Signals) -> None:
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(number)

    async def _stops_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        return self._stopping.is_set()

    async def _keep(self, child: Child) -> None:
        """Hold one place until the team stops. Ends early only where the first start fails."""
        failures_in_a_row = 0
        while True:
            try:
                await self._live(child)
            except OSError:  # No descriptors, no memory: it may be over in a moment.
                log.exception("worker_process_not_started", worker=child.index)
            if self._stopping.is_set():
                break
            if not child.is_ready.is_set():
                return
            lived = time.monotonic() - child.started_at
            failures_in_a_row = 0 if lived >= self._healthy_seconds else failures_in_a_row + 1
            child.status = ChildStatus.BACKING_OFF
            if self._on_ended is not None:
                await self._on_ended(child)
            if await self._stops_within(_backoff(failures_in_a_row)):
                break
            child.restarts += 1
        child.status = ChildStatus.STOPPED

    async def _live(self, child: Child) -> None:
        """Start a process in the place and wait for its end."""
        child.status = ChildStatus.STARTING
        child.started_at = time.monotonic()
        ours, process = self._spawn(child)
        handlers = {"ready": lambda _: self._note_ready(child), **self._handlers(child)}
        child.channel = await open_channel(ours, handlers)
        reading = asyncio.create_task(child.channel.run(), name=f"channel:{child.index}")
        watching = asyncio.create_task(self._end_hung(child, child.channel, process))
        try:
            if self._stopping.is_set():  # between the signal to all and this one's start
                process.send_signal(signal.SIGTERM)
            await _ended(process)
        finally:
            child.channel.close()
            for task in (reading, watching):
                task.cancel()
            await asyncio.wait((reading, watching))
        if not self._stopping.is_set():
            log.error(
                "worker_process_ended",
                worker=child.index,
                pid=process.pid,
                status=process.returncode,
                restarts=child.restarts,
            )

    def _spawn(self, child: Child) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        """Start a process; gives our end of its channel. Raises ``OSError``."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                # Blocking, until the program is there: some milliseconds, while nobody is served here.
                child.process = subprocess.Popen(  # noqa: S603 - our own program
                    self._command(child.index, theirs.fileno()),
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(), *self._inherited),
                    # Ctrl-C at the terminal is for the parent, which tells all of them.
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        return ours, child.process

    async def _end_hung(
        self, child: Child, channel: Channel, process: subprocess.Popen[bytes]
    ) -> None:
        """Kill a process that does not answer any more, so that another one takes its place."""

        def patience() -> float:
            is_starting = child.status is ChildStatus.STARTING
            return READY_TIMEOUT_SECONDS if is_starting else heartbeat.HUNG_SECONDS

        await heartbeat.wait_until_hung(channel, patience)
        if not self._stopping.is_set():  # A stop has its own deadline.
            log.error("worker_process_hung", worker=child.index, pid=process.pid)
            metrics.PROCESS_HANGS.inc()
            process.kill()

    async def _note_ready(self, child: Child) -> bytes:
        child.status = ChildStatus.RUNNING
        child.is_ready.set()
        return b""


async def _ready_or_over(child: Child, keeper: asyncio.Task[None]) -> None:
    ready = asyncio.create_task(child.is_ready.wait())
    try:
        await asyncio.wait((ready, keeper), return_when=asyncio.FIRST_COMPLETED)
    finally:
        ready.cancel()
    if not child.is_ready.is_set():
        raise EndedTooSoon("a worker process ended before it was ready; its log says why")


async def _ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process's end, by a descriptor that becomes readable then (pidfd_open(2))."""
    loop = asyncio.get_running_loop()
    descriptor = os.pidfd_open(process.pid)
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    process.wait()


def _backoff(failures_in_a_row: int) -> float:
    doubled: float = FIRST_BACKOFF_SECONDS * 2.0 ** min(max(failures_in_a_row - 1, 0), 32)
    return min(doubled, MAX_BACKOFF_SECONDS)
