"""The sweeper: pings spread over the interval, the dead and the stalled found in time."""

from __future__ import annotations

from collections import Counter

import pytest
from typing_extensions import override

from causerie.foundation.telemetry import metrics
from causerie.gateway.sweeper import LATE_SECONDS, STALLED_SECONDS, Sweeper, Swept
from tests.fakes.clock import FakeClock

INTERVAL = 30.0


class FakePeer(Swept):
    """A socket at the other end of which somebody answers, or not."""

    def __init__(self, hall: Hall, *, answers: bool = True) -> None:
        self.heard = 0.0
        self.slot = 0
        self.answers = answers
        self.is_paused = False
        self.drained = 0
        self.pings: list[float] = []
        self.dropped_at: float | None = None
        self.let_go_at: float | None = None
        self._hall = hall

    @override
    def ping(self) -> None:
        self.pings.append(self._hall.clock.monotonic())
        if self.answers:
            self._hall.pongs.append(self)

    @override
    def is_answering(self) -> bool:
        return not self.is_paused

    @override
    def drop(self) -> None:
        self.dropped_at = self._hall.clock.monotonic()

    @override
    def drained_bytes(self) -> int:
        return self.drained

    @override
    def let_go(self) -> None:
        self.let_go_at = self._hall.clock.monotonic()

    @override
    def close(self, code: int, reason: str = "") -> None: ...

    @override
    def abort(self) -> None: ...


class Hall:
    """A sweeper, its clock, and the pongs that are on their way."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.sweeper = Sweeper(INTERVAL, self.clock.monotonic)
        self.pongs: list[FakePeer] = []

    def add(self, *, answers: bool = True) -> FakePeer:
        peer = FakePeer(self, answers=answers)
        self.sweeper.add(peer)
        return peer

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / self.sweeper.tick_seconds)):
            self.clock.advance(self.sweeper.tick_seconds)
            self.sweeper.tick()
            for peer in self.pongs:
                peer.heard = self.sweeper.now
            self.pongs.clear()


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_every_socket_is_pinged_once_an_interval(hall: Hall) -> None:
    peers = [hall.add() for _ in range(200)]

    hall.pass_time(3 * INTERVAL)

    assert {len(peer.pings) for peer in peers} == {3}


def test_the_pings_of_a_crowd_that_came_at_once_are_spread(hall: Hall) -> None:
    peers = [hall.add() for _ in range(600)]
    arrived_at = hall.clock.monotonic()

    hall.pass_time(INTERVAL)

    moments = Counter(moment for peer in peers for moment in peer.pings)
    assert max(moments.values()) == 600 / (300 * 2 / 3)
    assert min(moments) >= arrived_at + INTERVAL / 3


def test_who_answers_stays(hall: Hall) -> None:
    peer = hall.add()

    hall.pass_time(20 * INTERVAL)

    assert peer.dropped_at is None
    assert len(hall.sweeper) == 1


@pytest.mark.parametrize("silent_from", [0.0, 0.5, 7.0, 14.5, 15.0, 29.5])
def test_who_vanishes_is_gone_within_two_intervals(hall: Hall, silent_from: float) -> None:
    peers = [hall.add() for _ in range(60)]
    hall.pass_time(INTERVAL + silent_from)
    vanished_at = hall.clock.monotonic()
    before = metrics.DEAD_CONNECTIONS.value
    for peer in peers:
        peer.answers = False

    hall.pass_time(2 * INTERVAL)

    assert all(
        peer.dropped_at is not None and peer.dropped_at - vanished_at <= 2 * INTERVAL - 5
        for peer in peers
    )
    assert len(hall.sweeper) == 0
    assert metrics.DEAD_CONNECTIONS.value == before + 60


def test_who_speaks_without_answering_pings_is_alive(hall: Hall) -> None:
    peer = hall.add(answers=False)

    for _ in range(40):
        hall.pass_time(5.0)
        peer.heard = hall.sweeper.now

    assert peer.dropped_at is None


def test_who_is_not_read_cannot_be_called_silent(hall: Hall) -> None:
    peer = hall.add(answers=False)
    peer.is_paused = True

    hall.pass_time(5 * INTERVAL)

    assert peer.dropped_at is None


def test_who_drains_nothing_is_let_go_after_five_seconds(hall: Hall) -> None:
    peer = hall.add()
    hall.sweeper.watch(peer)

    hall.pass_time(STALLED_SECONDS - 1)
    assert peer.let_go_at is None
    hall.pass_time(1.5)

    assert peer.let_go_at is not None


def test_who_drains_slowly_is_kept(hall: Hall) -> None:
    peer = hall.add()
    hall.sweeper.watch(peer)

    for _ in range(10):
        hall.pass_time(STALLED_SECONDS - 1)
        peer.drained += 1

    assert peer.let_go_at is None


def test_who_has_caught_up_is_watched_no_more(hall: Hall) -> None:
    peer = hall.add()
    hall.sweeper.watch(peer)

    hall.sweeper.unwatch(peer)
    hall.pass_time(2 * STALLED_SECONDS)

    assert peer.let_go_at is None


def test_a_pause_of_the_process_is_not_held_against_a_reader(hall: Hall) -> None:
    peer = hall.add()
    hall.sweeper.watch(peer)

    hall.clock.advance(LATE_SECONDS + STALLED_SECONDS)
    hall.sweeper.tick()
    hall.pass_time(STALLED_SECONDS - 1)

    assert peer.let_go_at is None


def test_striking_a_socket_off_twice_counts_once(hall: Hall) -> None:
    peer = hall.add()
    hall.add()

    hall.sweeper.discard(peer)
    hall.sweeper.discard(peer)

    assert len(hall.sweeper) == 1
