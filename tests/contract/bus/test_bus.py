"""The exam of every ``Bus``: what it promises to a hub, on whatever it stands."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from typing_extensions import override

from causerie.foundation.events import Event
from causerie.foundation.identity import UserId
from causerie.foundation.realtime import (
    NODE_BYTES,
    Bus,
    Codec,
    Entry,
    MemoryBus,
    RedisBus,
    bus_redis,
)
from causerie.foundation.realtime.bus import NoEars
from tests.fakes.truth import Edited, Said, Typed
from tests.valkeys import BRIEF_SECONDS, Valkey, a_valkey, cache_of

PATIENCE_SECONDS = 30.0


class Node(NoEars):
    """One node's end of a bus: what is delivered to it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.delivered: list[tuple[int, Sequence[Entry]]] = []
        self.told: list[object] = []
        self.doubted: list[int] = []
        self.missed: list[bool] = []
        self._arrived = asyncio.Event()
        bus.deliver_to(self)

    @override
    def deliver(self, topic_id: int, entries: Sequence[Entry]) -> None:
        self.delivered.append((topic_id, entries))
        self._arrived.set()

    @override
    def hear_of_topic(self, topic_id: int, event: Event, *, user_id: UserId | None) -> None:
        self.told.append((topic_id, event, user_id))
        self._arrived.set()

    @override
    def hear_of_user(self, user_id: UserId, event: Event, *, is_for_greeted: bool) -> None:
        self.told.append((user_id, event, is_for_greeted))
        self._arrived.set()

    @override
    def hear_of_nodes(self, event: Event) -> None:
        self.told.append(event)
        self._arrived.set()

    @override
    def doubt(self, topic_ids: Iterable[int]) -> None:
        self.doubted += topic_ids
        self._arrived.set()

    @override
    def miss(self, *, is_ongoing: bool) -> None:
        self.missed.append(is_ongoing)
        self._arrived.set()

    async def follow(self, topic_id: int) -> None:
        """Follow, and wait until what is published elsewhere is heard."""
        self.bus.follow(topic_id)
        await self.wait_for(lambda: topic_id in self.doubted)

    async def wait_for(self, is_so: Callable[[], bool]) -> None:
        """Wait for what something that is heard makes true, heartbeats included."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so():
                await asyncio.sleep(0.01)

    async def hear(self, topic_id: int, count: int) -> list[Entry]:
        """Wait for so many entries of a topic."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                self._arrived.clear()
                heard = [
                    e for topic, entries in self.delivered for e in entries if topic == topic_id
                ]
                if len(heard) >= count:
                    return heard
                await self._arrived.wait()


CODEC = Codec(Said, Edited, Typed)


@asynccontextmanager
async def in_memory(_server: Valkey) -> AsyncIterator[Bus]:
    yield MemoryBus()


@asynccontextmanager
async def over_redis(server: Valkey) -> AsyncIterator[RedisBus]:
    cache = cache_of(server.url, patience_seconds=BRIEF_SECONDS)
    await cache.open()
    bus = RedisBus(cache, CODEC, node=secrets.token_bytes(NODE_BYTES))
    work = [asyncio.create_task(bus.run()), asyncio.create_task(cache.watch())]
    while not bus.is_whole:
        await asyncio.sleep(0.005)
    yield bus
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    await cache.close()


# Each makes a bus of one node.
BUSES: dict[str, Callable[[Valkey], AbstractAsyncContextManager[Bus]]] = {
    "memory": in_memory,
    "redis": over_redis,
}


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with a_valkey() as server:
        yield server


@pytest.fixture(params=BUSES)
async def node(request: pytest.FixtureRequest, server: Valkey) -> AsyncIterator[Node]:
    async with BUSES[request.param](server) as bus:
        yield Node(bus)


@pytest.fixture
async def pair(server: Valkey) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes that hear each other."""
    async with over_redis(server) as one, over_redis(server) as other:
        nodes = Node(one), Node(other)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not all(isinstance(n.bus, RedisBus) and n.bus.nodes == 2 for n in nodes):
                await asyncio.sleep(0.02)
        for n in nodes:
            n.missed.clear()
        yield nodes


def numbers(entries: Sequence[Entry]) -> list[tuple[int, int, int]]:
    return [(entry.seq, entry.rev, entry.after_seq) for entry in entries]


def messages(*seqs: int) -> list[Entry]:
    return [Entry(Said(seq), seq=seq) for seq in seqs]


async def test_a_node_hears_what_it_publishes_itself(node: Node) -> None:
    node.bus.follow(7)
    node.bus.publish(7, messages(1, 2))
    heard = await node.hear(7, 2)

    assert [entry.event for entry in heard] == [Said(1), Said(2)]


async def test_entries_arrive_whole(node: Node) -> None:
    node.bus.follow(7)
    node.bus.publish(7, [Entry(Edited(3, 1, 3), rev=3, after_seq=9), *messages(10)])
    heard = await node.hear(7, 2)

    assert numbers(heard) == [(0, 3, 9), (10, 0, 0)]
    assert heard[0].event == Edited(3, 1, 3)


async def test_what_is_published_together_is_delivered_together(node: Node) -> None:
    # It is written to each reader at once.
    node.bus.follow(7)
    node.bus.publish(7, messages(1, 2, 3))
    await node.hear(7, 3)

    assert [numbers(entries) for _, entries in node.delivered] == [
        [(1, 0, 0), (2, 0, 0), (3, 0, 0)]
    ]


async def test_undisturbed_it_keeps_the_order(node: Node) -> None:
    node.bus.follow(7)
    for seq in range(1, 101):
        node.bus.publish(7, messages(seq))
    heard = await node.hear(7, 100)

    assert [entry.seq for entry in heard] == list(range(1, 101))


async def test_topics_do_not_mix(node: Node) -> None:
    node.bus.follow(7)
    node.bus.follow(8)
    node.bus.publish(7, messages(1))
    node.bus.publish(8, messages(5))
    first, second = await node.hear(7, 1), await node.hear(8, 1)

    assert [entry.seq for entry in (*first, *second)] == [1, 5]


async def test_a_topic_may_be_followed_again(node: Node) -> None:
    node.bus.follow(7)
    node.bus.unfollow(7)
    node.bus.follow(7)
    node.bus.publish(7, messages(1))

    assert numbers(await node.hear(7, 1)) == [(1, 0, 0)]


async def test_publishing_to_nobody_is_harmless(node: Node) -> None:
    node.bus.publish(9, messages(1))
    node.bus.follow(7)
    node.bus.publish(7, messages(1))

    assert numbers(await node.hear(7, 1)) == [(1, 0, 0)]


@pytest.mark.parametrize("name", BUSES)
async def test_publishing_before_anybody_takes_deliveries_is_harmless(
    name: str, server: Valkey
) -> None:
    async with BUSES[name](server) as bus:
        bus.publish(7, messages(1))
        node = Node(bus)
        bus.follow(7)
        bus.publish(7, messages(2))

        assert numbers(await node.hear(7, 1)) == [(2, 0, 0)]


# --- several nodes ------------------------------------------------------------------------------------


async def test_the_publishing_node_hears_at_once_and_no_echo(pair: tuple[Node, Node]) -> None:
    here, there = pair
    await here.follow(7)
    await there.follow(7)
    here.bus.publish(7, messages(1, 2))
    at_once = list(here.delivered)
    await there.hear(7, 2)
    there.bus.publish(7, messages(3))
    await here.hear(7, 3)

    assert [numbers(entries) for _, entries in at_once] == [[(1, 0, 0), (2, 0, 0)]]
    assert [len(entries) for _, entries in here.delivered] == [2, 1]
    assert [len(entries) for _, entries in there.delivered] == [2, 1]


async def test_a_node_without_readers_of_a_topic_is_not_told(pair: tuple[Node, Node]) -> None:
    here, there = pair
    await there.follow(8)
    await there.follow(9)
    there.bus.unfollow(9)
    for topic_id in (7, 9, 8):
        here.bus.publish(topic_id, messages(1))
    await there.hear(8, 1)

    assert [topic_id for topic_id, _ in there.delivered] == [8]


async def test_a_node_that_begins_to_follow_is_told_to_look(pair: tuple[Node, Node]) -> None:
    _, there = pair
    await there.follow(7)

    assert there.doubted == [7]


async def test_what_has_no_number_reaches_readers_of_other_nodes(pair: tuple[Node, Node]) -> None:
    here, there = pair
    await there.follow(7)
    there.bus.follow_user(UserId(5))
    here.bus.tell_topic(7, Typed(), user_id=UserId(5))
    here.bus.tell_nodes(Said(3))
    await there.wait_for(lambda: len(there.told) == 2)
    while (UserId(5), Typed(), True) not in there.told:
        here.bus.tell_user(UserId(5), Typed(), is_for_greeted=True)
        await asyncio.sleep(0.05)

    assert there.told[:2] == [(7, Typed(), UserId(5)), Said(3)]
    assert here.told == []


async def test_while_redis_is_away_a_node_delivers_here_and_polls(
    pair: tuple[Node, Node], server: Valkey
) -> None:
    here, there = pair
    await there.follow(7)
    server.pause()
    try:
        await there.wait_for(lambda: there.missed.count(True) >= 2)
        here.bus.publish(7, messages(1))
        heard_here = len(here.delivered)
    finally:
        server.resume()
    there.missed.clear()
    await there.wait_for(lambda: False in there.missed)
    await there.wait_for(lambda: isinstance(there.bus, RedisBus) and there.bus.is_whole)
    here.bus.publish(7, messages(2))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while [entry.seq for _, entries in there.delivered for entry in entries][-1:] != [2]:
            here.bus.publish(7, messages(2))
            await asyncio.sleep(0.05)

    assert heard_here == 1


async def test_a_node_that_dies_has_the_others_look(server: Valkey) -> None:
    async with over_redis(server) as one:
        left = Node(one)
        async with over_redis(server):
            await left.wait_for(lambda: one.nodes == 2)
            left.missed.clear()
        await left.wait_for(lambda: bool(left.missed))

        assert one.nodes == 1


async def test_a_flood_is_dropped_and_the_others_are_told(
    pair: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = pair
    await there.follow(7)
    monkeypatch.setattr(bus_redis, "MAX_OUTGOING_BYTES", 200)
    for seq in range(1, 51):
        here.bus.publish(7, messages(seq))
    await there.wait_for(lambda: False in there.missed)

    assert len(here.delivered) == 50
    assert len(there.delivered) < 50
