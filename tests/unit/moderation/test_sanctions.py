"""Points fade, and lead to what the ladder says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.foundation.errors import Invalid
from causerie.moderation.model.sanctions import (
    Ladder,
    Rung,
    SanctionKind,
    require_ladder,
)

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
WARNING = Rung(2, SanctionKind.WARNING)
MUTE = Rung(4, SanctionKind.MUTE, 3600)
BAN = Rung(9, SanctionKind.BAN)
LADDER = Ladder((WARNING, MUTE, BAN), {"spam": 2}, half_life_seconds=86400)


@pytest.mark.parametrize(
    ("points", "rung"),
    [
        (0, None),
        (1.9, None),
        (1.99, WARNING),
        (2, WARNING),
        (3.9, WARNING),
        (4, MUTE),
        (8.9, MUTE),
        (100, BAN),
    ],
)
def test_points_reach_the_highest_rung_below_them(points: float, rung: Rung | None) -> None:
    assert LADDER.rung_for(points) == rung


def test_half_of_the_points_are_left_after_each_half_life() -> None:
    left = [LADDER.faded(8, since=NOW, now=NOW + timedelta(days=days)) for days in range(4)]

    assert left == [8, 4, 2, 1]


@given(st.floats(0, 1000), st.integers(-(10**7), 10**7))
def test_points_never_grow_with_time_whatever_the_clock_does(points: float, seconds: int) -> None:
    left = LADDER.faded(points, since=NOW, now=NOW + timedelta(seconds=seconds))

    assert 0 <= left <= points


@pytest.mark.parametrize(
    "rungs",
    [
        [MUTE, Rung(4, SanctionKind.BAN)],
        [Rung(0, SanctionKind.BAN)],
        [Rung(1, SanctionKind.KICK)],
        [Rung(1, SanctionKind.WARNING, 5)],
        [Rung(1, SanctionKind.MUTE, 0)],
        [Rung(n + 1, SanctionKind.WARNING) for n in range(51)],
    ],
)
def test_what_is_no_ladder_is_refused(rungs: list[Rung]) -> None:
    with pytest.raises(Invalid):
        require_ladder(rungs)


def test_rungs_stand_in_order() -> None:
    assert require_ladder([BAN, WARNING, MUTE]) == (WARNING, MUTE, BAN)
