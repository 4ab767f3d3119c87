"""Thousands come online at once, at several nodes: hubs, audiences and words between nodes as they are.

Only the bus is made here, so that it can count: what it carries goes through the codec, and to nodes
with a reader of the topic alone.
"""

from __future__ import annotations

from typing import cast

from typing_extensions import override

from causerie.conversations import ConversationService
from causerie.foundation.completion import Completion
from causerie.foundation.events import Event, Events
from causerie.foundation.identity import UserId
from causerie.foundation.realtime import Codec, Hub, MemoryBus
from causerie.presence import PresenceService, TypingService
from causerie.presence.broadcast import HubAudience, HubNodes
from causerie.presence.events import (
    ChoiceMade,
    NodeEnds,
    NodeLives,
    PeopleAsked,
    PeopleSeen,
    TypingHeard,
)
from causerie.presence.ports import Voices
from causerie.presence.service import Exchange
from causerie.presence.service.telling import COUNT_SECONDS, TICK_SECONDS
from causerie.presence.store import MemoryWhereabouts
from tests.fakes.clock import FakeClock
from tests.fakes.presence import FakeRecords
from tests.fakes.readers import FakeReader
from tests.fakes.truth import Truth

NODES = 3
CODEC = Codec(PeopleSeen, PeopleAsked, TypingHeard, NodeLives, NodeEnds, ChoiceMade)


class CountingBus(MemoryBus):
    """Carries to the other nodes at once, and counts what arrives there."""

    def __init__(self, storm: Storm) -> None:
        super().__init__()
        self._storm = storm
        self._followed: set[int] = set()

    @override
    def follow(self, topic_id: int) -> None:
        self._followed.add(topic_id)

    @override
    def tell_topic(self, topic_id: int, event: Event, *, user_id: UserId | None = None) -> None:
        body = CODEC.encode_event(event)
        for bus in self._storm.buses:
            if bus is not self and topic_id in bus._followed:
                self._storm.note(event)
                carried = CODEC.decode_event(body)
                assert carried is not None
                bus._ears.hear_of_topic(topic_id, carried, user_id=user_id)

    @override
    def tell_nodes(self, event: Event) -> None:
        for bus in self._storm.buses:
            if bus is not self:
                bus._ears.hear_of_nodes(event)


class Counter(FakeReader):
    """A session that only counts."""

    told = 0

    @override
    def push(self, framed: bytes) -> None:
        self.told += framed.count(b"\n")


class Node:
    """Presence and a hub, with readers that count what they are sent."""

    def __init__(self, storm: Storm, name: str) -> None:
        bus = CountingBus(storm)
        storm.buses.append(bus)
        self.hub = Hub(bus, Truth(), {"plain": lambda _: b"told\n"})
        events, nodes = Events(), HubNodes()
        exchange = Exchange(name, nodes, storm.clock)
        # Nobody types.
        typing = TypingService(cast("ConversationService", None), cast("Voices", None), storm.clock)
        nodes.connect(self.hub, events, exchange, typing)
        self.hub.on_nodes_event(events.hear)
        self.audience = HubAudience(self.hub)
        self.service = PresenceService(
            node=name,
            whereabouts=storm.whereabouts,
            records=FakeRecords(),
            completion=Completion(),
            clock=storm.clock,
            idle_seconds=300.0,
            grace_seconds=8.0,
            exchange=exchange,
        )
        self.readers: list[Counter] = []

    def seat(self, user_id: UserId, topic: int) -> None:
        reader = Counter(user_id=user_id)
        self.readers.append(reader)
        self.hub.enter(reader)
        self.hub.follow(reader, topic)
        self.hub.place(reader, topic, seq=0, rev=0)
        self.hub.release(reader)
        self.service.came(user_id)


class Storm:
    """People who come within some seconds, in rooms of one size, spread over the nodes."""

    def __init__(self, people: int, *, room_size: int, seconds: float = 5.0) -> None:
        self.clock = FakeClock()
        self.whereabouts = MemoryWhereabouts(self.clock)
        self.buses: list[CountingBus] = []
        self.words = self.entries = 0
        self.nodes = [Node(self, f"node {number}") for number in range(NODES)]
        self.people = people
        self._rooms = people // room_size
        self._ticks = int(seconds / TICK_SECONDS)

    async def pass_over(self) -> Storm:
        users = [UserId(number) for number in range(1, self.people + 1)]
        for tick in range(self._ticks):
            for user_id in users[tick :: self._ticks]:
                self.nodes[user_id % NODES].seat(user_id, 1 + user_id % self._rooms)
            await self._tick(TICK_SECONDS)
        for seconds in (COUNT_SECONDS, TICK_SECONDS, COUNT_SECONDS):
            await self._tick(seconds)
        return self

    async def _tick(self, seconds: float) -> None:
        self.clock.advance(seconds)
        for node in self.nodes:
            await node.service.tick(node.audience)

    def note(self, event: Event) -> None:
        self.words += 1
        if isinstance(event, PeopleSeen):
            self.entries += len(event.people) + len(event.gone)

    @property
    def told(self) -> int:
        """What all readers were sent."""
        return sum(reader.told for node in self.nodes for reader in node.readers)


async def test_a_storm_costs_as_much_a_person_however_many_come() -> None:
    small = await Storm(1200, room_size=600).pass_over()
    large = await Storm(2400, room_size=600).pass_over()

    for storm in (small, large):
        # Each person once to each of the other nodes, and once in an answer at the beginning.
        assert storm.entries <= NODES * storm.people
        # One by one while few are there, then by counts.
        assert storm.told <= 100 * storm.people
        for node in storm.nodes:
            assert node.service.online_in(1, node.audience) == 600
    # A word a room, tick and pair of nodes at most, and a question and an answer each.
    assert large.words <= 2 * small.words
    assert large.told <= 2.2 * small.told
