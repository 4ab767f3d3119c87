"""What is away is left alone, and asked by one before all others."""

from __future__ import annotations

from causerie.foundation.jobs.breaker import (
    FAILURES_TO_OPEN,
    FIRST_OPEN_SECONDS,
    LONGEST_OPEN_SECONDS,
    Breaker,
    Breakers,
)
from tests.fakes.clock import FakeClock


def opened(clock: FakeClock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES_TO_OPEN):
        permit = breaker.try_pass()
        assert permit is not None
        permit.failed()
    return breaker


def test_failures_in_a_row_open_it() -> None:
    breaker = opened(FakeClock())

    assert not breaker.is_closed
    assert breaker.try_pass() is None


def test_a_success_between_failures_keeps_it_closed() -> None:
    breaker = Breaker(FakeClock())
    for _ in range(3 * FAILURES_TO_OPEN):
        for outcome in ("failed", "failed", "succeeded"):
            permit = breaker.try_pass()
            assert permit is not None
            getattr(permit, outcome)()

    assert breaker.is_closed


def test_half_open_it_has_one_permit_however_many_ask() -> None:
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(FIRST_OPEN_SECONDS)
    permits = [breaker.try_pass() for _ in range(50)]

    assert sum(permit is not None for permit in permits) == 1
    assert not breaker.has_room


def test_the_one_who_was_let_through_closes_it() -> None:
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(FIRST_OPEN_SECONDS)
    probe = breaker.try_pass()
    assert probe is not None
    probe.succeeded()

    assert breaker.is_closed


def test_it_stays_open_twice_as_long_after_each_failed_look_and_no_longer_than_the_bound() -> None:
    clock = FakeClock()
    breaker = opened(clock)
    waited = []
    for _ in range(8):
        seconds = 0.0
        while not breaker.has_room:
            clock.advance(1)
            seconds += 1
        waited.append(seconds)
        probe = breaker.try_pass()
        assert probe is not None
        probe.failed()

    assert waited[:3] == [FIRST_OPEN_SECONDS, 2 * FIRST_OPEN_SECONDS, 4 * FIRST_OPEN_SECONDS]
    assert waited[-1] == LONGEST_OPEN_SECONDS


def test_a_look_that_found_nothing_out_leaves_the_permit_to_another() -> None:
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(FIRST_OPEN_SECONDS)
    probe = breaker.try_pass()
    assert probe is not None
    probe.unused()

    assert breaker.try_pass() is not None


def test_who_passed_before_it_opened_neither_closes_it_nor_takes_the_permit() -> None:
    clock = FakeClock()
    breaker = Breaker(clock)
    early = [breaker.try_pass() for _ in range(FAILURES_TO_OPEN + 2)]
    for permit in early[:FAILURES_TO_OPEN]:
        assert permit is not None
        permit.failed()
    clock.advance(FIRST_OPEN_SECONDS)
    assert breaker.try_pass() is not None
    for permit, outcome in zip(early[-2:], ("succeeded", "unused"), strict=True):
        getattr(permit, outcome)()

    assert not breaker.is_closed
    assert breaker.try_pass() is None


def test_destinations_do_not_share_a_breaker_and_are_bounded() -> None:
    breakers = Breakers(FakeClock(), capacity=2)
    for _ in range(FAILURES_TO_OPEN):
        permit = breakers.of("a").try_pass()
        assert permit is not None
        permit.failed()

    assert breakers.of("b").has_room
    assert breakers.shut() == ["a"]
    assert breakers.open_count() == 1
    breakers.of("c")
    assert breakers.of("a").is_closed, "asked longest ago, and forgotten"
