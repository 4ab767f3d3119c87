"""Three nodes, one PostgreSQL and one Valkey: whatever dies, every line reaches everybody once, in order."""

from __future__ import annotations

import asyncio
import itertools
import random
import secrets
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from causerie.foundation.cache import COMMAND_TIMEOUT_SECONDS
from tests.chaos.conftest import IS_FULL, WRONG_SERVER
from tests.chaos.load import Reader, Room, Sender, make_room, running, settle, until
from tests.chaos.verdict import faults
from tests.clients import Client, Http, opened, register
from tests.databases import FreshDatabase, PostgresForTests
from tests.irc import conversations
from tests.processes import SERVE, Causerie, a_causerie
from tests.valkeys import Valkey, a_valkey

pytestmark = pytest.mark.long

NODES = 3
READERS = 6 if IS_FULL else 3
SENDERS = 20 if IS_FULL else NODES  # The long form has one for each file of real conversations.
PAUSE_SECONDS = 0.0 if IS_FULL else 0.05
SAMPLES = 2000 if IS_FULL else 60
# A node that died may have committed what nobody heard: the others look within ten seconds.
SETTLED_WITHIN_SECONDS = 60.0
CONTROL_SETTLED_WITHIN_SECONDS = 12.0
# A message from socket to socket takes some milliseconds; a busy machine may take its time.
BUSY_SECONDS = 5.0
_names = itertools.count(1)


class Cluster:
    """Nodes on one database, senders and readers spread over them."""

    def __init__(self, nodes: Sequence[Causerie], valkey: Valkey) -> None:
        self.nodes = nodes
        self.valkey = valkey
        self._admin: dict[str, Any] | None = None  # Who registered first.

    async def register(self) -> dict[str, Any]:
        """Make an account; gives what the server answered."""
        if self._admin is None:
            self._admin = await register(self.nodes[0], "admin")
        return await register(self.nodes[0], f"user{next(_names)}")

    async def come(self) -> None:
        """Make a room; its senders say what was said in real conversations, each a file of its own."""
        users = [(await self.register())["user"]["id"] for _ in range(SENDERS + READERS)]
        room = self.room = await make_room(self.nodes[0], users)
        texts = [[line.text for line in lines] for lines in conversations().values()]
        texts = texts or [[] for _ in range(SENDERS)]  # Where they are not: numbered lines.
        self.senders = [
            Sender(
                self.node(i),
                user,
                room,
                window=4,
                total=len(texts[i]) if IS_FULL else None,
                lines=texts[i],
                pause_seconds=PAUSE_SECONDS,
            )
            for i, user in enumerate(room.members[:SENDERS])
        ]
        self.readers = [
            Reader(self.node(i), user, room) for i, user in enumerate(room.members[SENDERS:])
        ]

    async def ban(self, user_id: int) -> None:
        """As the admin, at the first node."""
        assert self._admin is not None
        body = {"kind": "ban", "user_id": user_id, "reason": "out"}
        http = Http(self.nodes[0], self._admin["access_token"])
        async with http.session:
            await http.call("POST", "/api/v2/moderation/sanctions", body)

    def node(self, number: int) -> Causerie:
        return self.nodes[number % NODES]

    async def kill_node(self, number: int) -> None:
        node = self.node(number)
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
                    sender.is_done or len(sender.acknowledged) > count + 20
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


@pytest.fixture(scope="module")
def cluster(postgres: PostgresForTests) -> Iterator[Cluster]:
    """Nodes that each test leaves well."""
    with postgres.stock.lend() as name:
        database = FreshDatabase(name, postgres.app_of(name), postgres.owner_of(name))
        with a_cluster(database) as cluster:
            yield cluster


@pytest.mark.timeout(1200 if IS_FULL else 300)
async def test_every_line_reaches_everybody_once_though_nodes_and_valkey_die(
    cluster: Cluster,
) -> None:
    await cluster.come()
    async with running([*cluster.senders, *cluster.readers]):
        for turn in itertools.count():
            for hurt in (
                cluster.flush_valkey,
                cluster.restart_valkey,
                cluster.pause_valkey,
                partial(cluster.kill_node, turn),
            ):
                await cluster.until_busy()
                await hurt()
            if not IS_FULL or all(sender.is_done for sender in cluster.senders):
                break
        await cluster.until_busy()
        found = await cluster.settled(patience=SETTLED_WITHIN_SECONDS)
    said = sum(len(sender.acknowledged) for sender in cluster.senders)

    assert found == set()
    assert said > 300


async def test_a_flush_forgets_no_message_no_revocation_no_ticket_and_no_ban(
    cluster: Cluster,
) -> None:
    ann, ben, eve = [await cluster.register() for _ in range(3)]
    room = await make_room(cluster.nodes[0], [user["user"]["id"] for user in (ann, ben, eve)])
    http = Http(cluster.nodes[0], ann["access_token"])
    async with http.session:
        ticket = (await http.call("POST", "/auth/ticket"))["ticket"]
    spent = await _statuses_of(cluster.nodes[:1], ticket=ticket)
    async with opened(cluster.nodes[1], ben["access_token"]) as reader:
        before = await _post(cluster.nodes[0], ann, room, "before")
        await _call(cluster.nodes[0], ben, "POST", "/auth/logout")
        await cluster.ban(eve["user"]["id"])
        await asyncio.to_thread(cluster.valkey.flush)
        after = await _post(cluster.nodes[2], ann, room, "after")
        code = await reader.gone()
    history = [m["content"] for m in (await _history(cluster.nodes[1], ann, room))]

    assert spent == [101]
    assert await _statuses_of(cluster.nodes, ticket=ticket) == [401] * NODES
    # Which each knows within a second, and goes on knowing.
    for user, status in ((ben, 401), (eve, 403)):
        await _until_statuses(cluster.nodes, user, [status] * NODES)
        assert await _statuses_of(cluster.nodes, token=user["access_token"]) == [status] * NODES
    assert code == 4401
    assert (before["seq"], after["seq"], history) == (1, 2, ["before", "after"])


async def test_while_valkey_hangs_what_is_local_goes_on_as_ever(cluster: Cluster) -> None:
    ann, ben = [await cluster.register() for _ in range(2)]
    room = await make_room(cluster.nodes[0], [ann["user"]["id"], ben["user"]["id"]])
    node = cluster.nodes[0]
    async with opened(node, ann["access_token"]) as sender, opened(node, ben["access_token"]) as to:
        well = await _delays(sender, to, room)
        cluster.valkey.pause()
        try:
            hanging = await _delays(sender, to, room)
            began = time.monotonic()
            async with opened(node, ben["access_token"]):
                await _call(node, ben, "GET", "/api/v2/me")
            door = time.monotonic() - began
        finally:
            cluster.valkey.resume()

    # Who waited for Valkey waited for half a second: none of these did, whatever else was slow.
    assert statistics.median(hanging) < COMMAND_TIMEOUT_SECONDS / 2
    assert sum(delay > COMMAND_TIMEOUT_SECONDS for delay in hanging) <= len(hanging) // 20
    assert door < COMMAND_TIMEOUT_SECONDS + BUSY_SECONDS
    if IS_FULL:
        assert _p99(hanging) <= 2 * _p99(well)


async def _delays(sender: Client, reader: Client, room: Room) -> list[float]:
    """How long each of some messages takes from a sender's frame to a reader's."""
    delays = []
    for _ in range(SAMPLES):
        began = time.monotonic()
        await sender.start("send_message", conversation_id=room.id, content="hello")
        await reader.until(room.id, reader.last_seq(room.id) + 1)
        delays.append(time.monotonic() - began)
    return delays


def _p99(delays: Sequence[float]) -> float:
    return statistics.quantiles(delays, n=100)[98]


async def _call(node: Causerie, user: dict[str, Any], method: str, path: str) -> Any:
    http = Http(node, user["access_token"])
    async with http.session:
        return await http.call(method, path)


async def _post(node: Causerie, user: dict[str, Any], room: Room, content: str) -> Any:
    http = Http(node, user["access_token"])
    async with http.session:
        path = f"/api/v2/conversations/{room.id}/messages"
        return await http.call("POST", path, {"content": content})


async def _history(node: Causerie, user: dict[str, Any], room: Room) -> Any:
    return (await _call(node, user, "GET", f"/api/v2/conversations/{room.id}/messages"))["items"]


async def _statuses_of(nodes: Sequence[Causerie], **query: str) -> list[int]:
    """What an upgrade is answered with at each node; 101: it was let in."""
    found = []
    for node in nodes:
        address = httpx2.URL(f"{node.sockets}/ws/v2", params=query)
        try:
            async with connect(str(address)):
                found.append(101)
        except InvalidStatus as refusal:
            found.append(refusal.response.status_code)
    return found


async def _until_statuses(
    nodes: Sequence[Causerie], user: dict[str, Any], wanted: Sequence[int]
) -> None:
    async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
        while await _statuses_of(nodes, token=user["access_token"]) != wanted:
            await asyncio.sleep(0.1)


async def test_control_nodes_that_fill_no_holes_are_seen(fresh_database: FreshDatabase) -> None:
    with a_cluster(fresh_database, "fills_no_holes") as cluster:
        await cluster.come()
        async with running([*cluster.senders, *cluster.readers]):
            await cluster.until_busy()
            await cluster.pause_valkey()
            found = await cluster.settled(patience=CONTROL_SETTLED_WITHIN_SECONDS)

    assert "missed" in found
