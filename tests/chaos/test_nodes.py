"""Three nodes, one PostgreSQL and one Valkey: whatever dies, every line reaches everybody once, in order."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest

from tests.chaos.conftest import IS_FULL, WRONG_SERVER
from tests.chaos.load import Reader, Room, Sender, make_room, running, settle, until
from tests.chaos.verdict import faults
from tests.clients import register
from tests.databases import FreshDatabase
from tests.processes import SERVE, Causerie, a_causerie
from tests.valkeys import Valkey, a_valkey

NODES = 3
READERS = 6 if IS_FULL else 3
TURNS = 8 if IS_FULL else 1  # of killing each node and hurting Valkey in each way
# A node that died may have committed what nobody heard: the others look within ten seconds.
SETTLED_WITHIN_SECONDS = 40.0
CONTROL_SETTLED_WITHIN_SECONDS = 12.0


class Cluster:
    """Nodes on one database, senders and readers spread over them."""

    def __init__(self, nodes: Sequence[Causerie], valkey: Valkey) -> None:
        self.nodes = nodes
        self.valkey = valkey

    async def come(self) -> Room:
        users = [
            (await register(self.nodes[0], f"user{i}"))["user"]["id"]
            for i in range(NODES + READERS)
        ]
        room = await make_room(self.nodes[0], users)
        self.room = room
        self.senders = [
            Sender(self._node(i), user, room, window=4, pause_seconds=0.05)
            for i, user in enumerate(room.members[:NODES])
        ]
        self.readers = [
            Reader(self._node(i), user, room) for i, user in enumerate(room.members[NODES:])
        ]
        return room

    def _node(self, number: int) -> Causerie:
        return self.nodes[number % NODES]

    async def kill_node(self, number: int) -> None:
        node = self._node(number)
        node.kill()
        await asyncio.sleep(random.uniform(0.1, 1.0))
        await node.start_soon()

    async def pause_valkey(self) -> None:
        self.valkey.pause()
        await asyncio.sleep(2.0)
        self.valkey.resume()

    async def flush_valkey(self) -> None:
        await asyncio.to_thread(self.valkey.flush)

    async def restart_valkey(self) -> None:
        await asyncio.to_thread(self.valkey.restart)

    async def until_busy(self) -> None:
        """Until each sender has had more acknowledged and each reader has come back."""
        counts = [len(sender.acknowledged) for sender in self.senders]
        assert await until(
            lambda: (
                all(
                    len(sender.acknowledged) > count + 20
                    for sender, count in zip(self.senders, counts, strict=True)
                )
                and all(reader.is_in.is_set() for reader in self.readers)
            ),
            seconds=SETTLED_WITHIN_SECONDS,
        ), "\n".join(node.log()[-1500:] for node in self.nodes)

    async def settled(self, *, patience: float) -> set[str]:
        history = await settle(
            self.nodes[0], self.room, self.senders, self.readers, seconds=patience
        )
        return faults(history, self.senders, self.readers)


@contextmanager
def a_cluster(database: FreshDatabase, *wrongs: str) -> Iterator[Cluster]:
    master_key = secrets.token_hex(32)
    program = (str(WRONG_SERVER), ",".join(wrongs)) if wrongs else SERVE
    with ExitStack() as stack:
        valkey = stack.enter_context(a_valkey())
        nodes = [
            stack.enter_context(
                a_causerie(
                    program=program,
                    database__url=database.app_dsn,
                    database__auto_migrate=False,
                    database__max_connections=8,
                    cache__url=valkey.url,
                    security__master_key=master_key,
                    server__shutdown_timeout="1s",
                )
            )
            for _ in range(NODES)
        ]
        yield Cluster(nodes, valkey)


@pytest.mark.slow
async def test_every_line_reaches_everybody_once_though_nodes_and_valkey_die(
    fresh_database: FreshDatabase,
) -> None:
    with a_cluster(fresh_database) as cluster:
        await cluster.come()
        async with running([*cluster.senders, *cluster.readers]):
            for turn in range(TURNS):
                for hurt in (
                    cluster.flush_valkey,
                    cluster.restart_valkey,
                    cluster.pause_valkey,
                    partial(cluster.kill_node, turn),
                ):
                    await cluster.until_busy()
                    await hurt()
            await cluster.until_busy()
            found = await cluster.settled(patience=SETTLED_WITHIN_SECONDS)
        said = sum(len(sender.acknowledged) for sender in cluster.senders)

    assert found == set()
    assert said > 300


@pytest.mark.slow
async def test_control_nodes_that_fill_no_holes_are_seen(fresh_database: FreshDatabase) -> None:
    with a_cluster(fresh_database, "fills_no_holes") as cluster:
        await cluster.come()
        async with running([*cluster.senders, *cluster.readers]):
            await cluster.until_busy()
            await cluster.pause_valkey()
            found = await cluster.settled(patience=CONTROL_SETTLED_WITHIN_SECONDS)

    assert "missed" in found
