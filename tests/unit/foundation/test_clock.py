"""The clock that cannot be set back."""

from __future__ import annotations

from datetime import timedelta

from causerie.foundation.clock import ForwardClock
from tests.fakes.clock import FakeClock


def test_it_goes_on_where_the_wall_time_is_set_back() -> None:
    wall = FakeClock()
    clock = ForwardClock(wall)
    start = clock.now()

    wall.advance(60)
    wall.jump(-3600)
    assert clock.now() == start + timedelta(seconds=60)
    wall.advance(5)

    assert clock.now() == start + timedelta(seconds=65)


def test_it_follows_the_wall_time_forward_and_comes_back_with_it() -> None:
    wall = FakeClock()
    clock = ForwardClock(wall)
    start = clock.now()

    wall.jump(3600)
    assert clock.now() == start + timedelta(hours=1)
    wall.jump(-3600)

    assert clock.now() == start
