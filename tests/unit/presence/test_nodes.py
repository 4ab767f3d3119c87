"""Presence at several nodes that share whereabouts: who is told of what, and how much is said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import pytest
from typing_extensions import override

from causerie.conversations import Address, ConversationService, Kind
from causerie.foundation.completion import Completion
from causerie.foundation.events import Event
from causerie.foundation.identity import ConversationId, Principal, UserId
from causerie.presence import (
    PresenceChanged,
    PresenceCounted,
    PresenceService,
    Status,
    TypingService,
)
from causerie.presence.events import (
    ChoiceMade,
    NodeEnds,
    NodeLives,
    PeopleAsked,
    PeopleSeen,
)
from causerie.presence.model import TYPING_SECONDS
from causerie.presence.ports import NODE_SECONDS, Nodes, Voices
from causerie.presence.service import Exchange
from causerie.presence.service.telling import COUNT_SECONDS, ROUND_SECONDS, TICK_SECONDS
from causerie.presence.store import MemoryWhereabouts
from tests.fakes.clock import FakeClock
from tests.fakes.presence import FakeAudience, FakeRecords

ANN, BEN, CAT = UserId(1), UserId(2), UserId(3)
ROOM = 7


class Wire(Nodes):
    """One node's end of a bus that loses nothing; it counts what is said."""

    def __init__(self, cluster: Cluster, node: int) -> None:
        self._cluster = cluster
        self._node = node

    @override
    def tell_topic(self, topic: int, event: Event) -> None:
        for other in self._cluster.others(self._node):
            if topic in other.audience.rooms:
                self._cluster.words += 1
                self._cluster.hear(other.exchange, topic, event)

    @override
    def tell_all(self, event: Event) -> None:
        for other in self._cluster.others(self._node):
            if isinstance(event, NodeLives):
                other.exchange.lives(event)
            if isinstance(event, ChoiceMade):
                other.exchange.choice_made(event)
            if isinstance(event, NodeEnds):
                other.exchange.ends(event)


class Node:
    """Its sockets are where the test puts people."""

    def __init__(self, cluster: Cluster, number: int) -> None:
        self.audience = FakeAudience()
        self.service = PresenceService(
            node=f"node {number}",
            whereabouts=cluster.whereabouts,
            records=cluster.records,
            completion=Completion(),
            clock=cluster.clock,
            idle_seconds=300.0,
            grace_seconds=8.0,
            exchange=Exchange(f"node {number}", Wire(cluster, number), cluster.clock),
        )
        self.is_dead = False

    @property
    def exchange(self) -> Exchange:
        assert self.service.exchange is not None
        return self.service.exchange

    def seat(self, topic: int, *users: UserId) -> None:
        """Let people come, who follow a conversation."""
        self.audience.rooms.setdefault(topic, set()).update(users)
        for user_id in users:
            self.service.came(user_id)

    def heard(self, user_id: UserId) -> list[tuple[int, str]]:
        """Whom and what a user was told of since the last time."""
        return [
            (event.presence.user_id, event.presence.status)
            for event in self.audience.heard.pop(user_id, [])
            if isinstance(event, PresenceChanged)
        ]

    def count_told(self, user_id: UserId) -> int:
        """The last count that a user was told."""
        counts = [e for e in self.audience.heard[user_id] if isinstance(e, PresenceCounted)]
        return counts[-1].online


class Cluster:
    """Several nodes and one clock."""

    def __init__(self, nodes: int) -> None:
        self.clock = FakeClock()
        self.whereabouts = MemoryWhereabouts(self.clock)
        self.records = FakeRecords()
        self.words = self.entries = 0
        self.nodes = [Node(self, number) for number in range(nodes)]

    def others(self, node: int) -> Iterable[Node]:
        return [n for i, n in enumerate(self.nodes) if i != node and not n.is_dead]

    def hear(self, exchange: Exchange, topic: int, event: Event) -> None:
        if isinstance(event, PeopleSeen):
            self.entries += len(event.people) + len(event.gone)
            exchange.heard(topic, event)
        elif isinstance(event, PeopleAsked):
            exchange.asked(topic, event)

    async def tick(self, seconds: float = TICK_SECONDS, *, times: int = 1) -> None:
        for _ in range(times):
            self.clock.advance(seconds)
            for node in self.nodes:
                if not node.is_dead:
                    await node.service.tick(node.audience)

    async def settle(self) -> None:
        """Let what one node says in a tick be told by the others in theirs."""
        await self.tick(times=4)


@pytest.fixture
def pair() -> Cluster:
    return Cluster(2)


async def test_readers_at_another_node_are_told(pair: Cluster) -> None:
    one, other = pair.nodes
    other.seat(ROOM, BEN)
    await pair.settle()

    one.seat(ROOM, ANN)
    await pair.settle()
    one.service.left(ANN, [ROOM])
    one.audience.rooms[ROOM].discard(ANN)
    await pair.tick(8.0)
    await pair.settle()

    assert other.heard(BEN) == [(ANN, "online"), (ANN, "offline")]


async def test_devices_at_two_nodes_are_one_person(pair: Cluster) -> None:
    one, other = pair.nodes
    other.seat(ROOM, BEN, ANN)
    one.seat(ROOM, ANN, CAT)
    await pair.settle()
    other.heard(BEN)
    one.heard(CAT)

    one.service.left(ANN, [ROOM])
    one.audience.rooms[ROOM].discard(ANN)
    await pair.tick(8.0)
    await pair.settle()

    # She is still at the other.
    assert (other.heard(BEN), one.heard(CAT)) == ([], [])
    other.service.left(ANN, [ROOM])
    other.audience.rooms[ROOM].discard(ANN)
    await pair.tick(8.0)
    await pair.settle()
    assert other.heard(BEN) == [(ANN, "offline")]
    assert one.heard(CAT) == [(ANN, "offline")]


async def test_what_one_chooses_at_one_node_ones_devices_hear_at_the_other(pair: Cluster) -> None:
    one, other = pair.nodes
    one.seat(ROOM, ANN)
    other.seat(ROOM, ANN, BEN)
    await pair.settle()
    other.heard(BEN)

    await one.service.choose(Principal(ANN, "x", "user", "", "", frozenset()), Status.BUSY)
    await pair.settle()

    assert other.heard(ANN)[-1] == (ANN, "busy")
    assert other.heard(BEN)[-1] == (ANN, "busy")


async def test_who_hides_at_once_at_one_node_is_hidden_at_the_other_too(pair: Cluster) -> None:
    one, other = pair.nodes
    other.seat(ROOM, ANN, BEN)
    await pair.settle()
    shown = other.heard(BEN)
    one.seat(ROOM, ANN)

    # Before that node has said that she is there: it has nothing to take back.
    await one.service.choose(Principal(ANN, "x", "user", "", "", frozenset()), Status.INVISIBLE)
    await pair.settle()

    assert shown[-1] == (ANN, "online")
    assert other.heard(BEN) == [(ANN, "offline")]


async def test_the_invisible_are_seen_at_no_node(pair: Cluster) -> None:
    one, other = pair.nodes
    other.seat(ROOM, BEN)
    one.seat(ROOM, ANN, CAT)
    await pair.settle()
    ann = Principal(ANN, "x", "user", "", "", frozenset())

    await one.service.choose(ann, Status.INVISIBLE)
    await pair.settle()
    gone = other.heard(BEN)
    one.service.left(ANN, [ROOM])
    await pair.tick(8.0)
    await pair.settle()
    one.service.came(ANN)
    await pair.settle()
    await pair.tick(ROUND_SECONDS)
    await pair.settle()

    assert gone[-1] == (ANN, "offline")
    assert other.heard(BEN) == []
    assert other.exchange.online(ROOM) == {CAT}


async def test_with_a_node_its_people_fade(pair: Cluster) -> None:
    one, other = pair.nodes
    other.seat(ROOM, BEN, CAT)
    one.seat(ROOM, ANN, CAT)
    await pair.settle()
    other.heard(BEN)

    one.is_dead = True
    await pair.tick(ROUND_SECONDS, times=2)
    before = other.heard(BEN)
    await pair.tick(ROUND_SECONDS, times=2)
    await pair.settle()

    assert NODE_SECONDS <= 4 * ROUND_SECONDS
    assert before == []
    # Cat is here, too.
    assert other.heard(BEN) == [(ANN, "offline")]
    assert other.exchange.online(ROOM) == set()


async def test_who_was_at_a_node_that_says_goodbye_fades_when_they_are_not_back_soon(
    pair: Cluster,
) -> None:
    one, other = pair.nodes
    other.seat(ROOM, BEN)
    one.seat(ROOM, ANN, CAT)
    await pair.settle()
    other.heard(BEN)

    one.exchange.end(in_seconds=8.0)
    one.is_dead = True
    other.seat(ROOM, CAT)
    await pair.tick(6.0)
    await pair.settle()
    before = other.heard(BEN)
    await pair.tick(1.0)
    await pair.settle()

    # Cat came back here.
    assert (ANN, "offline") not in before
    assert (CAT, "offline") not in before
    assert other.heard(BEN) == [(ANN, "offline")]


async def test_who_comes_into_a_conversation_is_told_who_is_there_at_other_nodes(
    pair: Cluster,
) -> None:
    one, other = pair.nodes
    one.seat(ROOM, ANN)
    other.seat(8, BEN)
    await pair.settle()

    other.audience.rooms[ROOM] = {BEN}
    other.service.met(BEN, ROOM)
    await pair.settle()

    assert other.heard(BEN) == [(ANN, "online")]
    assert one.heard(ANN) == [(BEN, "online")]


async def test_who_follows_later_counts_who_was_there_before(pair: Cluster) -> None:
    one, other = pair.nodes
    crowd = [UserId(number) for number in range(10, 240)]
    one.seat(ROOM, *crowd[:120])
    await pair.settle()

    # One of them has a device here, too.
    other.seat(ROOM, *crowd[119:])
    await pair.settle()
    await pair.tick(COUNT_SECONDS)
    await pair.settle()

    assert other.count_told(crowd[150]) == len(crowd)
    assert one.count_told(crowd[0]) == len(crowd)


async def test_what_changes_while_a_node_asks_is_told_to_who_has_just_come_there(
    pair: Cluster,
) -> None:
    one, other = pair.nodes
    one.seat(ROOM, ANN, CAT)
    await pair.settle()

    # Ben's client has looked, and his node asks, when Ann becomes another and Cat goes.
    other.seat(ROOM, BEN)
    await pair.tick()
    await one.service.choose(Principal(ANN, "x", "user", "", "", frozenset()), Status.BUSY)
    one.service.left(CAT, [ROOM])
    one.audience.rooms[ROOM].discard(CAT)
    await pair.tick(8.0)
    await pair.settle()

    assert sorted(other.heard(BEN)) == [(ANN, "busy"), (CAT, "offline")]


async def test_what_was_missed_is_asked_for_again(pair: Cluster) -> None:
    one, other = pair.nodes
    other.seat(ROOM, BEN)
    await pair.settle()
    pair.nodes.remove(other)  # Nothing reaches it.
    one.seat(ROOM, ANN)
    await pair.settle()
    pair.nodes.append(other)

    other.exchange.ask_again()
    await pair.tick(ROUND_SECONDS)
    await pair.settle()

    assert other.exchange.online(ROOM) == {ANN}
    assert other.heard(BEN) == [(ANN, "online")]


async def test_typing_goes_on_at_other_nodes_as_long_as_it_is_said(pair: Cluster) -> None:
    address = Address(Kind.ROOM, ConversationId(ROOM))
    said: list[object] = []
    exchange = pair.nodes[0].exchange
    exchange._nodes = _Listening(said)

    exchange.typed(address, ANN, is_typing=True)
    exchange.typed(address, BEN, is_typing=True)
    exchange.typed(address, BEN, is_typing=False)
    exchange.send_typing()
    exchange.send_typing()

    (word,) = said
    assert (getattr(word, "typing", None), getattr(word, "ended", None)) == ((ANN,), (BEN,))


def test_typing_at_another_node_ends_by_itself_where_no_more_is_heard_of_it() -> None:
    clock = FakeClock()
    # Neither is asked for what other nodes say.
    nobody = cast("ConversationService", None), cast("Voices", None)
    typing = TypingService(*nobody, clock)
    address = Address(Kind.ROOM, ConversationId(ROOM))

    typing.heard(address, [ANN], [])
    begun = typing.take_abroad()
    clock.advance(TYPING_SECONDS - 1)
    typing.heard(address, [ANN], [])
    clock.advance(TYPING_SECONDS - 1)
    meanwhile = typing.take_abroad()
    clock.advance(1)

    assert [(change.user_id, change.is_typing) for change in begun] == [(ANN, True)]
    assert meanwhile == []
    assert [(c.user_id, c.is_typing) for c in typing.take_abroad()] == [(ANN, False)]


class _Listening(Nodes):
    def __init__(self, said: list[object]) -> None:
        self._said = said

    @override
    def tell_topic(self, topic: int, event: Event) -> None:
        self._said.append(event)

    @override
    def tell_all(self, event: Event) -> None:
        """Not looked at."""
