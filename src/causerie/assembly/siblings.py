"""A worker process among the others of its server: what they know of each other, and how they ask."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from typing_extensions import override

from causerie.foundation.postgres import Disk, DiskState
from causerie.foundation.processes import Board, Channel, ChannelClosed
from causerie.foundation.telemetry import metrics
from causerie.foundation.telemetry.gathered import encode
from causerie.foundation.workers import Workers
from causerie.gateway.health import Finding, HealthCheck, HealthStatus
from causerie.gateway.ports import Crowd

# A process that is well answers in a millisecond, and a busy one within a turn of its loop; a load
# balancer waits two or three seconds for /health, Prometheus ten for /metrics.
SIBLING_SECONDS = 0.5
PARENT_SECONDS = 2 * SIBLING_SECONDS  # It asks the others meanwhile.

NODE_BYTES = 8  # No two nodes that ever were have one name.
Forget = Callable[[str], Awaitable[None]]

_DISK_STATES = tuple(DiskState)


def make_name() -> str:
    """Name a node, with its machine's name for who reads it: several nodes may have that."""
    return f"{socket.gethostname()}-{secrets.token_hex(NODE_BYTES)}"


class ProcessView(msgspec.Struct, frozen=True):
    """What ``/health`` shows of one worker process; ``failing`` are its background workers."""

    status: str
    pid: int | None
    restarts: int
    connections: int = 0
    sockets: int = 0
    failing: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """Say whether it serves, with all of its background workers."""
        return self.status == "running" and not self.failing


class Siblings:
    """What a node asks of the other processes of its server. By itself: there are none."""

    name: str | None = None  # The node's own, where the parent gave it one.
    checks: Sequence[HealthCheck] = ()
    render_metrics: Callable[[], Awaitable[bytes]] | None = None

    def sockets_elsewhere(self) -> int:
        """Say how many sockets the others have."""
        return 0

    def when_one_ends(self, forget: Forget) -> None:
        """Have what another process told of itself under its name taken away when it has died."""


NO_SIBLINGS = Siblings()


class BoardCrowd(Crowd):
    """The connections of all processes, on the board."""

    def __init__(self, board: Board, index: int) -> None:
        self._board = board
        self._index = index

    @override
    def note(self, *, connections: int, sockets: int) -> None:
        self._board.note(self._index, connections=connections, sockets=sockets)

    @override
    def fewest_elsewhere(self) -> int:
        connections = self._board.connections()
        own = connections.pop(self._index)
        return min(connections, default=own)

    @override
    def sockets_elsewhere(self) -> int:
        sockets = self._board.sockets()
        del sockets[self._index]
        return sum(sockets)


class BoardDisk(Disk):
    """The database's disk, which the parent watches."""

    def __init__(self, board: Board) -> None:
        self._board = board

    @property
    @override
    def state(self) -> DiskState:
        return _DISK_STATES[self._board.disk]

    @override
    def report_full(self) -> None:
        self._board.disk = _DISK_STATES.index(DiskState.FULL)  # Until the parent has looked.
        self._board.is_disk_reported_full = True


def show_disk(board: Board, disk: Disk) -> None:
    """Write on the board how the parent finds the disk, and tell it what workers have heard."""
    if board.is_disk_reported_full:
        board.is_disk_reported_full = False
        disk.report_full()
    board.disk = _DISK_STATES.index(disk.state)


class ParentSiblings(Siblings):
    """The others, asked through the parent, who has a channel to each."""

    def __init__(self, name: str, channel: Channel, crowd: Crowd, questions: Questions) -> None:
        self.name = name
        self._channel = channel
        self._crowd = crowd
        self._questions = questions
        self.checks = (ProcessesCheck(self._processes),)
        self.render_metrics = self._metrics

    @override
    def sockets_elsewhere(self) -> int:
        return self._crowd.sockets_elsewhere()

    @override
    def when_one_ends(self, forget: Forget) -> None:
        self._questions.forget = forget

    async def _metrics(self) -> bytes:
        try:
            return await self._channel.ask("metrics", seconds=PARENT_SECONDS)
        except ChannelClosed:  # Better those of one than none.
            return metrics.render()

    async def _processes(self) -> dict[str, ProcessView]:
        answer = await self._channel.ask("processes", seconds=PARENT_SECONDS)
        return msgspec.msgpack.decode(answer, type=dict[str, ProcessView])


class ProcessesCheck(HealthCheck):
    """Whether every worker process serves; one that is missing degrades."""

    name = "processes"

    def __init__(self, look: Callable[[], Awaitable[dict[str, ProcessView]]]) -> None:
        self._look = look

    @override
    async def check(self) -> Finding:
        try:
            views = await self._look()
        except ChannelClosed:
            return Finding(HealthStatus.DEGRADED, {"error": "the parent process does not answer"})
        is_well = all(view.is_well for view in views.values())
        figures = {index: msgspec.structs.asdict(view) for index, view in views.items()}
        return Finding(HealthStatus.OK if is_well else HealthStatus.DEGRADED, figures)


class Questions:
    """What the parent asks of a worker; the node is there later than the channel."""

    def __init__(self) -> None:
        self.workers: Workers | None = None
        self.forget: Forget | None = None

    async def snapshot(self, _: bytes) -> bytes:
        """Give all metrics of this process."""
        return encode(metrics.snapshot())

    async def failing(self, _: bytes) -> bytes:
        """Name the background workers that do not run."""
        states = {} if self.workers is None else self.workers.states()
        return msgspec.json.encode([name for name, s in states.items() if not s.is_healthy])

    async def bury(self, body: bytes) -> bytes:
        """Take away what a process that died has told of itself."""
        if self.forget is not None:
            await self.forget(body.decode())
        return b""
