"""A load test from the first connection to the report: every step has an end."""

from __future__ import annotations

import asyncio
import gc
import resource
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec
from picows import WSError

from causerie.assembly.loadtest.connection import Connection, Faults
from causerie.assembly.loadtest.pacing import ClosedLoop, OfferedRate, Sends
from causerie.assembly.loadtest.plan import Plan
from causerie.assembly.loadtest.processes import Memory, memory_of, processor_seconds_of
from causerie.assembly.loadtest.report import Latency, Report
from causerie.assembly.loadtest.stream import (
    MIN_ROOM_STREAM_BYTES,
    STREAM_BYTES,
    Measure,
    RoomStream,
)
from causerie.assembly.loadtest.wire import Speaker, Tongue

MAX_SAMPLES_PER_SECOND = 50_000  # Taking a latency costs 0.5 us; more would only warm the machine.
CLOSED_LOOP_SAMPLING = 16  # Of a closed loop's unknown rate, every 16th message is timed.
FIRST_ROUND_SECONDS = 0.05  # Between counting all readers, which takes time, and the first stamp.
DRAIN_STEP_SECONDS = 0.05
PROGRESS_SECONDS = 1.0
SPARE_FILES = 64  # Beside the sockets: standard streams, the event loop, /proc.

Progress = Callable[[str], None]


class Seat(msgspec.Struct, frozen=True):
    """One user's way in: the room (index), the socket's address and its headers."""

    room: int
    url: str
    headers: dict[str, str]


class Scene(msgspec.Struct, frozen=True):
    """Where the load happens: rooms as (id, last seq) and a seat for each user."""

    rooms: Sequence[tuple[str, int]]
    seats: Sequence[Seat]


class _Window(msgspec.Struct, frozen=True):
    """What happened while it was measured; CPU in cores."""

    seconds: float = 0.0
    deliveries: int = 0
    acked: int = 0
    cpu: float = 0.0
    server_cpu: float = 0.0

    def per_second(self, number: int) -> float:
        return round(number / self.seconds, 1) if self.seconds else 0.0


class LoadTest:
    """One run of a plan on a scene."""

    def __init__(
        self,
        plan: Plan,
        scene: Scene,
        tongue: Tongue,
        progress: Progress,
        *,
        connection_type: type[Connection] = Connection,
    ) -> None:
        self.plan = plan
        self._connection_type = connection_type
        self.scene = scene
        self._tongue = tongue
        self._progress = progress
        self._measure = Measure(every=_sampling(plan))
        keep = max(STREAM_BYTES // len(scene.rooms), MIN_ROOM_STREAM_BYTES)
        self._rooms = [
            RoomStream(name, last_seq=seq, keep_bytes=keep, measure=self._measure)
            for name, seq in scene.rooms
        ]
        self._connections: list[Connection] = []
        self._sends = Sends(self._measure, size=plan.size)
        self._faults = Faults()
        self._pacing: ClosedLoop | OfferedRate | None = None

    async def run(self) -> Report:
        """Connect, send, count, and hang up. Raises ``OSError`` where nobody could connect."""
        allow_files(len(self.scene.seats) + SPARE_FILES)
        before = self._weigh()
        await self._connect()
        await asyncio.sleep(self.plan.settle_seconds)
        connected = self._weigh()
        gc.collect()
        gc.freeze()  # Thousands of connections need no collecting; a pass over them takes 100 ms.
        try:
            window = await self._load()
            await self._drain()
            return self._report(window, (before, connected, self._weigh()))
        finally:
            gc.unfreeze()
            await self._hang_up()

    async def _connect(self) -> None:
        begun = time.monotonic()
        gate = asyncio.Semaphore(self.plan.connect_at_once)
        failures: list[str] = []

        async def one(seat: Seat) -> None:
            async with gate:
                connection = self._connection_type(
                    self._rooms[seat.room], self._tongue, self, self._faults
                )
                try:
                    await connection.connect(seat.url, seat.headers)
                except (OSError, WSError, TimeoutError) as error:
                    self._rooms[seat.room].followers.remove(connection)
                    failures.append(str(error) or type(error).__name__)
                else:
                    self._connections.append(connection)

        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._report_connecting())
            async with asyncio.TaskGroup() as users:
                for seat in self.scene.seats:
                    users.create_task(one(seat))
            watch.cancel()
        if not self._connections:
            raise ConnectionError(f"nobody could connect: {failures[0]}")
        if failures:
            self._progress(f"{len(failures):,} could not connect, the first: {failures[0]}")
        took = time.monotonic() - begun
        self._progress(f"{len(self._connections):,} connected in {took:.1f} s")

    async def _report_connecting(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            self._progress(f"{len(self._connections):,} connected")

    async def _load(self) -> _Window:
        if not self.plan.duration_seconds:
            return _Window()
        self._pacing = pacing = self._make_pacing()
        pacing.start()
        await self._watch("warming up", self.plan.warmup_seconds)
        delivered, acked = self._delivered(), self._sends.acked
        server_cpu = processor_seconds_of(self.plan.server_pids)
        begun, cpu = time.perf_counter(), time.process_time()
        self._measure.begin_ns = time.perf_counter_ns() + int(FIRST_ROUND_SECONDS * 1e9)
        await self._watch("measuring", self.plan.duration_seconds)
        self._measure.end_ns = time.perf_counter_ns()
        seconds = time.perf_counter() - begun
        window = _Window(
            seconds=seconds,
            deliveries=self._delivered() - delivered,
            acked=self._sends.acked - acked,
            cpu=(time.process_time() - cpu) / seconds,
            server_cpu=(processor_seconds_of(self.plan.server_pids) - server_cpu) / seconds,
        )
        pacing.stop()
        return window

    def _delivered(self) -> int:
        return sum(connection.delivered for connection in self._connections)

    def _make_pacing(self) -> ClosedLoop | OfferedRate:
        in_rooms: dict[int, list[Connection]] = {}
        for connection in self._connections:
            in_rooms.setdefault(id(connection.room), []).append(connection)
        senders = [
            sender
            for members in in_rooms.values()
            for sender in zip(members, self.plan.senders_in(len(members)), strict=False)
        ]
        if self.plan.rate:
            chosen = [connection for connection, _ in senders]
            return OfferedRate(self._sends, chosen, messages_per_second=self.plan.rate)
        return ClosedLoop(self._sends, senders)

    async def _watch(self, phase: str, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            sent, acked, at = self._sends.sent, self._sends.acked, time.monotonic()
            await asyncio.sleep(min(PROGRESS_SECONDS, left))
            took = time.monotonic() - at
            if took >= PROGRESS_SECONDS / 2:
                self._progress(
                    f"{phase}, {max(ends - time.monotonic(), 0):.0f} s left: "
                    f"{(self._sends.sent - sent) / took:,.0f} sent/s, "
                    f"{(self._sends.acked - acked) / took:,.0f} acknowledged/s, "
                    f"{self._faults.closed.total():,} closed"
                )

    async def _drain(self) -> None:
        """Wait until everything is answered and everybody has everything, or time is up."""
        ends = time.monotonic() + self.plan.drain_seconds
        while time.monotonic() < ends:
            waiting = any(connection.lost for connection in self._open())
            if not waiting and not self._sends.unanswered:
                return
            await asyncio.sleep(DRAIN_STEP_SECONDS)

    async def _hang_up(self) -> None:
        for connection in self._connections:
            connection.close()
        await asyncio.sleep(DRAIN_STEP_SECONDS)

    def _open(self) -> Iterable[Connection]:
        return (connection for connection in self._connections if connection.open)

    def _weigh(self) -> Memory | None:
        return memory_of(self.plan.server_pids) if self.plan.server_pids else None

    def _report(
        self, window: _Window, memory: tuple[Memory | None, Memory | None, Memory | None]
    ) -> Report:
        before, connected, after = memory
        growth = connected.resident - before.resident if before and connected else None
        still_open = list(self._open())
        return Report(
            users=len(self.scene.seats),
            rooms=len(self._rooms),
            connected=len(self._connections),
            seconds=round(window.seconds, 3),
            sent=self._sends.sent,
            acked=self._sends.acked,
            deliveries=window.deliveries,
            deliveries_per_second=window.per_second(window.deliveries),
            sends_per_second=window.per_second(window.acked),
            latency_ms=Latency.of(self._measure.latency),
            ack_latency_ms=Latency.of(self._sends.ack_latency),
            lost=sum(connection.lost for connection in still_open),
            repeated=sum(connection.repeated for connection in self._connections),
            out_of_order=sum(connection.out_of_order for connection in self._connections),
            unanswered=self._sends.unanswered,
            errors=dict(self._sends.errors),
            closed={str(code): times for code, times in self._faults.closed.items()},
            unreadable=self._faults.unreadable,
            foreign=self._faults.foreign,
            memory_before=before,
            memory_connected=connected,
            memory_after=after,
            bytes_per_connection=growth / len(self._connections) if growth is not None else None,
            generator_cpu=round(window.cpu, 3),
            server_cpu=round(window.server_cpu, 3),
        )

    def on_ack(self, speaker: Speaker, ref: int) -> None:
        """Pass an acknowledgement to the pacing, which exists once everybody is in."""
        if self._pacing is not None:
            self._pacing.on_ack(speaker, ref)

    def on_error(self, speaker: Speaker, ref: int | None, code: str, retry_after: float) -> None:
        """Pass a refusal to the pacing, which exists once everybody is in."""
        if self._pacing is not None:
            self._pacing.on_error(speaker, ref, code, retry_after)


def allow_files(wanted: int) -> None:
    """Raise the soft limit of open files. Raises ``OSError`` where the hard one is too low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise OSError(f"{wanted:,} open files are needed, this system allows {hard:,} (ulimit -n)")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _sampling(plan: Plan) -> int:
    if not plan.rate:
        return CLOSED_LOOP_SAMPLING
    deliveries = plan.rate * min(plan.rooms_of, plan.users)
    return max(1, round(deliveries / MAX_SAMPLES_PER_SECOND))
