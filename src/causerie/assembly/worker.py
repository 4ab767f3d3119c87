"""One worker process of a server: on what the parent has opened, until it says stop, or ends."""

from __future__ import annotations

import asyncio
import pickle
import socket
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog
import uvloop

from causerie.assembly.running import Place, StopSignals, run_node, start_logging
from causerie.assembly.settings import Settings
from causerie.assembly.siblings import BoardCrowd, BoardDisk, ParentSiblings, Questions
from causerie.assembly.storage import open_lent
from causerie.assembly.wiring import Node
from causerie.foundation.postgres import Disk, Endpoint, UnwatchedDisk
from causerie.foundation.processes import Board, Channel, end_with_parent, open_channel

log = structlog.get_logger()

LEASE_SECONDS = 30.0  # The parent has it ready; it may be starting many of us on a slow machine.
READY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Lease:
    """What the parent gives a worker: how it was configured, where things are. It holds secrets.

    Pickled, and only ever through the pair of sockets between the two: all workers go by what the
    parent has read, also those that are started after a file has changed.
    """

    name: str  # the node's
    settings: Settings
    endpoint: Endpoint
    listening: int  # the descriptor, inherited
    board: int  # the descriptor, inherited
    processes: int


def run(*, parent: int, index: int, channel: int) -> None:
    """Serve until the parent says stop, or ends; ``channel`` is our end of the pair of sockets."""
    end_with_parent(parent)
    uvloop.run(_serve(index, socket.socket(fileno=channel)))


async def _serve(index: int, end: socket.socket) -> None:
    stop = StopSignals()
    questions = Questions()
    channel = await open_channel(
        end,
        {
            "snapshot": questions.snapshot,
            "failing": questions.failing,
            "bury": questions.bury,
        },
    )
    reading = asyncio.create_task(channel.run(), name="channel")
    try:
        body = await channel.ask("lease", seconds=LEASE_SECONDS)
        lease: Lease = pickle.loads(body)  # noqa: S301 - of our own parent, see Lease
        await _work(lease, index, channel, questions, stop)
    except asyncio.CancelledError:
        if not stop.came:
            raise
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading


async def _work(
    lease: Lease, index: int, channel: Channel, questions: Questions, stop: StopSignals
) -> None:
    settings = lease.settings
    start_logging(settings.logging)
    board = Board(lease.board, count=lease.processes)
    disk: Disk = BoardDisk(board) if settings.database.url is None else UnwatchedDisk()
    crowd = BoardCrowd(board, index)
    listening = socket.socket(fileno=lease.listening)
    listening.setblocking(False)  # noqa: FBT003 - the standard library's signature
    siblings = ParentSiblings(lease.name, channel, crowd, questions)
    place = Place(listening=listening, crowd=crowd, siblings=siblings)

    async with open_lent(settings, lease.endpoint, disk) as storage:
        announce = partial(_announce, channel, questions)
        await run_node(settings, storage, stop, announce=announce, place=place)
    log.info("worker_stopped", worker=index)


async def _announce(channel: Channel, questions: Questions, node: Node, _port: int) -> None:
    questions.workers = node.workers
    await channel.ask("ready", seconds=READY_SECONDS)
