"""The books of open sockets, and the one loop that pings them, drops the dead and the stalled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

# How finely stalls are seen and how widely pings are spread: of ten thousand sockets, 33 at a time.
# In one go they and their answers would keep everyone else waiting for milliseconds.
MAX_TICK_SECONDS = 0.1
STALLED_SECONDS = 5.0  # A phone's radio is back by then; who drains nothing for longer must resume.
# After such a pause (SIGSTOP, a sleeping laptop) it is we who have not written.
LATE_SECONDS = 2.0
LOG_EVERY_SECONDS = 60.0


class Swept(Protocol):
    """What the sweeper needs of a socket."""

    heard: float  # ``Sweeper.now`` when the last frame came
    slot: int  # the sweeper's own

    def ping(self) -> None:
        """Ask for a sign of life."""
        ...

    def is_answering(self) -> bool:
        """Say whether the peer could be heard at all: not so while reading is paused."""
        ...

    def drop(self) -> None:
        """End the connection of a dead peer."""
        ...

    def drained_bytes(self) -> int:
        """How many bytes the kernel has taken since the socket fell behind; grows."""
        ...

    def let_go(self) -> None:
        """Close a socket that does not read."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake."""
        ...

    def abort(self) -> None:
        """End the connection now."""
        ...


class Sweeper:
    """Knows every open socket and gives each a ping per ``heartbeat_interval``.

    The sockets are dealt out over a ring of slots, one slot a tick, so that ten thousand pings do
    not fall into one moment; the first ping comes after a third of an interval or more, since who
    has just come needs none. A second hand follows two thirds of a round behind: who has not been
    heard since the ping is dead. So a peer that vanished is gone after 5/3 intervals at the latest.
    """

    def __init__(self, heartbeat_interval: float, monotonic: Callable[[], float]) -> None:
        self.tick_seconds = min(MAX_TICK_SECONDS, heartbeat_interval / 30)
        slots = max(3, round(heartbeat_interval / self.tick_seconds))
        self._monotonic = monotonic
        self._slots: list[set[Swept]] = [set() for _ in range(slots)]
        self._pinged_at = [monotonic()] * slots
        self._patience_slots = 2 * slots // 3
        self._hand = 0
        self._dealt = 0
        self._count = 0
        self._lagging: dict[Swept, tuple[int, float]] = {}  # drained bytes, and since when so
        self._dead_since_log = 0
        self._logged_at = monotonic()
        self.now = monotonic()  # Of the last tick: a clock that costs the hot path an attribute.

    def __len__(self) -> int:
        return self._count

    def add(self, peer: Swept) -> None:
        """Take an open socket into the books."""
        size = len(self._slots)
        self._dealt = (self._dealt + 1) % (size - size // 3)
        peer.slot = (self._hand + size // 3 + self._dealt) % size
        peer.heard = self.now
        self._slots[peer.slot].add(peer)
        self._count += 1

    def discard(self, peer: Swept) -> None:
        """Strike a socket off the books, if it is on them."""
        slot = self._slots[peer.slot]
        if peer in slot:
            slot.remove(peer)
            self._count -= 1
        self._lagging.pop(peer, None)

    def watch(self, peer: Swept) -> None:
        """Look from now on whether a socket that has fallen behind drains."""
        self._lagging[peer] = peer.drained_bytes(), self._monotonic()

    def unwatch(self, peer: Swept) -> None:
        """Stop looking: the socket has caught up."""
        self._lagging.pop(peer, None)

    def peers(self) -> Iterable[Swept]:
        """Go through all sockets; they may close meanwhile."""
        for slot in self._slots:
            yield from tuple(slot)

    async def run(self) -> None:
        """Tick for ever; run by a supervised worker."""
        self.now = self._monotonic()
        while True:
            await asyncio.sleep(self.tick_seconds)
            self.tick()

    def tick(self) -> None:
        """Move the hands by one slot and look at those that lag."""
        now = self._monotonic()
        paused_seconds = now - self.now - self.tick_seconds
        self.now = now
        if paused_seconds > LATE_SECONDS:
            # Nobody could be heard or drained meanwhile: first let the loop run, then judge.
            self._lagging = {peer: (drained, now) for peer, (drained, _) in self._lagging.items()}
            return
        self._hand = (self._hand + 1) % len(self._slots)
        self._ping(self._hand)
        self._reap((self._hand - self._patience_slots) % len(self._slots))
        self._let_stalled_go()
        self._log_dead()

    def _ping(self, slot: int) -> None:
        self._pinged_at[slot] = self.now
        for peer in tuple(self._slots[slot]):
            peer.ping()

    def _reap(self, slot: int) -> None:
        pinged_at = self._pinged_at[slot]
        for peer in tuple(self._slots[slot]):
            if peer.heard < pinged_at and peer.is_answering():
                self.discard(peer)
                self._dead_since_log += 1
                metrics.DEAD_CONNECTIONS.inc()
                peer.drop()

    def _let_stalled_go(self) -> None:
        for peer, (drained_before, since) in tuple(self._lagging.items()):
            drained = peer.drained_bytes()
            if drained > drained_before:
                self._lagging[peer] = drained, self.now
            elif self.now - since >= STALLED_SECONDS:
                del self._lagging[peer]
                peer.let_go()

    def _log_dead(self) -> None:
        if self._dead_since_log and self.now - self._logged_at >= LOG_EVERY_SECONDS:
            log.info("dead_connections_swept", count=self._dead_since_log, open=self._count)
            self._dead_since_log = 0
            self._logged_at = self.now
