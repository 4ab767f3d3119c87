"""The exam of every ``Bus``: what it promises to a hub, on whatever it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from typing_extensions import override

from causerie.foundation.realtime import Bus, Entry, MemoryBus
from causerie.foundation.realtime.bus import NoEars
from tests.fakes.truth import Edited, Said

PATIENCE_SECONDS = 5.0


class Node(NoEars):
    """One node's end of a bus: what is delivered to it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.delivered: list[tuple[int, Sequence[Entry]]] = []
        self._arrived = asyncio.Event()
        bus.deliver_to(self)

    @override
    def deliver(self, topic_id: int, entries: Sequence[Entry]) -> None:
        self.delivered.append((topic_id, entries))
        self._arrived.set()

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


# Each makes a bus of one node. Redis joins here, and brings tests of two nodes along.
BUSES: dict[str, Callable[[], Bus]] = {"memory": MemoryBus}


@pytest.fixture(params=BUSES)
async def node(request: pytest.FixtureRequest) -> Node:
    return Node(BUSES[request.param]())


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
async def test_publishing_before_anybody_takes_deliveries_is_harmless(name: str) -> None:
    bus = BUSES[name]()
    bus.publish(7, messages(1))
    node = Node(bus)
    bus.follow(7)
    bus.publish(7, messages(2))

    assert numbers(await node.hear(7, 1)) == [(2, 0, 0)]
