"""What a broadcast costs the server, for readers that compress and for those that do not."""

from __future__ import annotations

import asyncio
import random
import socket
import statistics
import time
from collections.abc import Mapping, Sequence

from typing_extensions import override

from causerie.foundation.events import Event
from causerie.foundation.identity import Principal, UserId
from causerie.foundation.realtime import Entry, Hub, MemoryBus, Source, Tick
from causerie.gateway.crew import Crew
from causerie.gateway.deflate import WIDE, Deflation, with_deflated
from causerie.gateway.ports import Peer
from causerie.gateway.session import Books, Dialect, Session
from causerie.gateway.vocabulary import Vocabulary, event_payload

READERS = 1000
ROUNDS = 60
TOPIC = 1
US_PER_SECOND = 1e6


class Said(Event, frozen=True):
    """Something that everybody hears."""

    text: str


class Ear(Peer):
    """A socket whose far end is read when the clock stands still."""

    def __init__(self, deflation: Deflation | None) -> None:
        self._deflation = deflation
        self._near, self._far = socket.socketpair()

    @property
    @override
    def address(self) -> str:
        return "192.0.2.1"

    @property
    @override
    def deflation(self) -> Deflation | None:
        return self._deflation

    @override
    def write(self, framed: bytes) -> None:
        self._near.send(framed)

    @override
    def unsent_bytes(self) -> int:
        return 0

    def listen(self) -> None:
        """Take what was written."""
        self._far.recv(1 << 16)

    @override
    def close(self, code: int, reason: str = "") -> None:
        self.abort()

    @override
    def abort(self) -> None:
        self._near.close()
        self._far.close()

    @override
    def pause_reading(self) -> None:
        """Nothing is read."""

    @override
    def resume_reading(self) -> None:
        """Nothing is read."""


class Silent(Dialect):
    """Says what the hub has, and answers nothing."""

    @property
    @override
    def name(self) -> str:
        return "bench"

    @property
    @override
    def max_message_bytes(self) -> int:
        return 0

    @override
    def opened(self, session: Session) -> None:
        session.is_greeted = True

    @override
    def received(self, session: Session, payload: bytes) -> None:
        """Nothing is heard."""

    @override
    def received_binary(self, session: Session, payload: bytes) -> None:
        """Nothing is heard."""


class Open(Books):
    """Enters everybody."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @override
    def entered(self, session: Session) -> bool:
        self._hub.enter(session)
        return True

    @override
    def acted(self, session: Session) -> None:
        """Take no note."""

    @override
    def left(self, session: Session, code: int, *, was_open: bool) -> None:
        self._hub.leave(session)


class Nothing(Source):
    """A truth of which all is known."""

    @override
    async def position(self, topic_id: int) -> tuple[int, int]:
        return 0, 0

    @override
    async def positions(self, topic_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
        return {}

    @override
    async def messages(self, topic_id: int, *, after: int, upto: int, limit: int) -> list[Entry]:
        return []

    @override
    async def changes(self, topic_id: int, *, after: int, upto: int, limit: int) -> list[Entry]:
        return []


async def time_broadcast(words: list[str], *, is_compressing: bool) -> float:
    """Microseconds of one message of 2,000 characters to all readers: median of ``ROUNDS``."""
    vocabulary = Vocabulary()
    vocabulary.say(Said, lambda event: event_payload("message", event))
    hub = Hub(MemoryBus(), Nothing(), with_deflated({"bench": vocabulary}))
    ears = _ears(hub, WIDE if is_compressing else None)
    chance = random.Random(1)
    costs = []
    for seq in range(1, ROUNDS + 1):
        text = " ".join(chance.choices(words, k=600))[:2000]
        begun = time.perf_counter()
        hub.publish(TOPIC, [Entry(Said(text), seq=seq)])
        await asyncio.sleep(0)  # The end of the turn, at which all is written.
        await asyncio.sleep(0)
        costs.append((time.perf_counter() - begun) * US_PER_SECOND)
        for ear in ears:
            ear.listen()
    for ear in ears:
        ear.abort()
    return statistics.median(costs)


def _ears(hub: Hub, deflation: Deflation | None) -> list[Ear]:
    tick, books, tongue = Tick(asyncio.get_running_loop()), Open(hub), Silent()
    ears = []
    for number in range(1, READERS + 1):
        principal = Principal(UserId(number), "reader", "user", "", "", frozenset())
        session = Session(
            connection_id="",
            principal=principal,
            tongue=tongue,
            tick=tick,
            crew=Crew(),
            books=books,
        )
        ear = Ear(deflation)
        session.on_open(ear)
        hub.attach(session, TOPIC, seq=0, rev=0)
        ears.append(ear)
    return ears


async def compare(words: list[str]) -> tuple[float, float]:
    """Microseconds of a broadcast without compression, and with it."""
    await time_broadcast(words, is_compressing=False)  # warms up
    plain = await time_broadcast(words, is_compressing=False)
    return plain, await time_broadcast(words, is_compressing=True)
