"""A server of several processes: what there is once is opened here, and lent to the workers."""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial

import msgspec
import structlog

from causerie.assembly.running import WORKERS_DEADLINE_SECONDS, StopSignals, say_hello
from causerie.assembly.settings import EMBEDDED, Settings, process_count
from causerie.assembly.siblings import SIBLING_SECONDS, ProcessView, make_name, show_disk
from causerie.assembly.storage import open_cluster
from causerie.assembly.worker import Lease
from causerie.foundation.crypto import load_master_key
from causerie.foundation.postgres import EmbeddedPostgres, Endpoint
from causerie.foundation.processes import (
    GONE,
    Board,
    ChannelClosed,
    Child,
    Handler,
    LocalValkey,
    Team,
)
from causerie.foundation.telemetry import metrics
from causerie.foundation.telemetry.exposition import Family, write
from causerie.foundation.telemetry.gathered import Gathering, decode
from causerie.gateway.listener import bind, raise_descriptor_limit

log = structlog.get_logger()

BACKLOG = 2048  # Of the one socket that all workers accept on, as for one process.
DISK_SECONDS = 0.1  # As often as PostgreSQL's supervisor looks whether it lives.
# Gauges that say something in a process which serves nobody; all others are the workers' own.
OWN_GAUGES = frozenset({metrics.PROCESSES.name, metrics.UPTIME_SECONDS.name})


async def serve_by_workers(settings: Settings, stop: StopSignals) -> None:
    """Open the database, take the port, and keep the workers going until asked to stop.

    Raises what a start of one process does, and ``EndedTooSoon``.
    """
    count = process_count(settings)
    async with (
        open_cluster(settings, processes=count) as (embedded, endpoint),
        _with_valkey(settings) as lent,
    ):
        # Here and not by whoever is first, so that what is wrong with it is said once.
        load_master_key(settings.server.data_dir, configured=settings.security.master_key)
        address = settings.server.bind_addr
        with bind(address.host, address.port, BACKLOG) as listening:
            parent = Parent(lent, endpoint, listening.fileno(), Board.make(count=count))
            try:
                async with _watching(parent.board, embedded):
                    await parent.team.start()
                    stop.leave_the_start_alone()
                    log.info("listening", host=address.host, processes=count)
                    say_hello(settings, listening.getsockname()[1])
                    await stop.wait()
                    deadline = settings.server.shutdown_timeout
                    log.info("stopping", deadline_seconds=deadline)
            finally:
                # No new connection waits for workers that go; they drain side by side.
                listening.close()
                await parent.team.stop(
                    settings.server.shutdown_timeout + 2 * WORKERS_DEADLINE_SECONDS
                )


@asynccontextmanager
async def _with_valkey(settings: Settings) -> AsyncIterator[Settings]:
    """Start a Valkey where it is to be this server's own; gives the settings with its address."""
    if settings.cache.url != EMBEDDED:
        yield settings
        return
    valkey = LocalValkey(settings.server.data_dir)
    try:
        await valkey.start()
        yield replace(settings, cache=replace(settings.cache, url=valkey.url))
    finally:
        await valkey.stop()


@asynccontextmanager
async def _watching(board: Board, embedded: EmbeddedPostgres | None) -> AsyncIterator[None]:
    """Keep the board true about the disk, and count PostgreSQL's restarts, meanwhile."""
    if embedded is None:
        yield
        return

    def note_change(is_up: bool) -> None:  # noqa: FBT001 - the shape of the supervisor's listeners
        if is_up:
            metrics.DATABASE_RESTARTS.inc()

    async def show() -> None:
        while True:
            show_disk(board, embedded.disk)
            await asyncio.sleep(DISK_SECONDS)

    embedded.listen(note_change)
    task = asyncio.create_task(show(), name="board")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Parent:
    """What the parent knows: its workers, and what they have counted."""

    def __init__(
        self, settings: Settings, endpoint: Endpoint, listening: int, board: Board
    ) -> None:
        self.board = board
        self._lease_to = partial(
            Lease,
            settings=settings,
            endpoint=endpoint,
            listening=listening,
            board=board.descriptor,
            processes=board.count,
        )
        self._names: dict[int, str] = {}  # Of the nodes, by the index of their worker.
        self._gathering = Gathering()
        raise_descriptor_limit()
        self.team = Team(
            board.count,
            _command,
            inherited=(listening, board.descriptor),
            handlers=self._answers,
            on_ended=self._bury,
        )

    def _answers(self, child: Child) -> Mapping[str, Handler]:
        return {
            "lease": lambda _: self._give_lease(child),
            "metrics": self._render_metrics,
            "processes": self._show_processes,
        }

    async def _bury(self, child: Child) -> None:
        metrics.PROCESS_RESTARTS.inc()
        self._gathering.end(child.index)
        self.board.clear(child.index)
        name = self._names.pop(child.index, "").encode()
        for other in self.team.children:
            if other.status == "running" and other.channel is not None:
                # Where nobody does it, it ends by itself, later.
                with suppress(ChannelClosed):
                    await other.channel.ask("bury", name, seconds=SIBLING_SECONDS)
                    return

    async def _give_lease(self, child: Child) -> bytes:
        name = self._names[child.index] = make_name()
        return pickle.dumps(self._lease_to(name))

    async def _render_metrics(self, _: bytes) -> bytes:
        silent = {
            child.index
            for child, answer in (await self._ask_all("snapshot")).items()
            if not self._take(child, answer)
        }
        metrics.PROCESSES.set(len(self.team.children) - len(silent))
        own = [family for family in metrics.snapshot() if _is_own(family)]
        return write(self._gathering.together(own, silent=silent))

    def _take(self, child: Child, answer: bytes | None) -> bool:
        if answer is not None:
            self._gathering.note(child.index, decode(answer))
        return answer is not None

    async def _show_processes(self, _: bytes) -> bytes:
        connections, sockets = self.board.connections(), self.board.sockets()
        views = {}
        for child, answer in (await self._ask_all("failing")).items():
            at = child.index
            is_silent = child.status == "running" and answer is None
            views[str(at)] = ProcessView(
                "silent" if is_silent else child.status,
                child.pid,
                child.restarts,
                0 if connections[at] == GONE else connections[at],
                sockets[at],
                () if answer is None else msgspec.json.decode(answer, type=tuple[str, ...]),
            )
        return msgspec.msgpack.encode(views)

    async def _ask_all(self, name: str) -> dict[Child, bytes | None]:
        """Ask every worker at once; None where one does not answer in time."""

        async def ask(child: Child) -> bytes | None:
            if child.channel is None:
                return None
            try:
                return await child.channel.ask(name, seconds=SIBLING_SECONDS)
            except ChannelClosed:
                return None

        children = self.team.children
        return dict(zip(children, await asyncio.gather(*map(ask, children)), strict=True))


def _is_own(family: Family) -> bool:
    is_library = family.name.startswith(("process_", "python_"))
    return family.kind != "gauge" or is_library or family.name in OWN_GAUGES


def _command(index: int, channel: int) -> list[str]:
    # -P: a module of the folder in which the server was started must not stand before ours.
    module = "causerie.assembly.cli.worker"
    return [sys.executable, "-P", "-m", module, str(os.getpid()), str(index), str(channel)]
