"""Who is here: pure, and by a clock of the test's own."""

from __future__ import annotations

from causerie.foundation.identity import UserId
from causerie.presence.model import Roll, Standing

ANN, BEN = UserId(1), UserId(2)
WALL = 1_000_000.0


def a_roll() -> Roll:
    return Roll(idle_seconds=300, grace_seconds=8)


def standings(roll: Roll, now: float) -> dict[UserId, Standing | None]:
    """What is to be told now; the wall clock shows ``WALL`` at the moment 0."""
    return {c.user_id: c.standing for c in roll.take(now=now, wall=WALL + now)}


def test_who_comes_is_told_once() -> None:
    roll = a_roll()

    roll.came(ANN, 0)

    assert standings(roll, 0) == {ANN: Standing(is_idle=False, active_at=WALL)}
    assert standings(roll, 1) == {}


def test_who_does_nothing_is_idle_after_the_bound_and_not_before() -> None:
    roll = a_roll()
    roll.came(ANN, 0)
    standings(roll, 0)

    assert standings(roll, 299.9) == {}
    assert standings(roll, 300) == {ANN: Standing(is_idle=True, active_at=WALL)}
    assert standings(roll, 9000) == {}


def test_only_those_who_fall_idle_are_looked_at_whoever_came_first() -> None:
    roll = a_roll()
    roll.came(ANN, 0)
    roll.came(BEN, 1)
    roll.acted(ANN, 200)
    standings(roll, 200)

    assert standings(roll, 301) == {BEN: Standing(is_idle=True, active_at=WALL + 1)}


def test_one_command_ends_idleness() -> None:
    roll = a_roll()
    roll.came(ANN, 0)
    standings(roll, 400)

    roll.acted(ANN, 500)

    assert standings(roll, 500) == {ANN: Standing(is_idle=False, active_at=WALL + 500)}


def test_who_is_back_within_the_grace_was_never_gone() -> None:
    roll = a_roll()
    roll.came(ANN, 0)
    standings(roll, 0)
    roll.left(ANN, (7,), 10)
    assert standings(roll, 17.9) == {}

    roll.came(ANN, 17.9)

    assert standings(roll, 60) == {ANN: Standing(is_idle=False, active_at=WALL + 17.9)}


def test_who_stays_away_is_gone_with_the_topics_of_the_last_device() -> None:
    roll = a_roll()
    roll.came(ANN, 0)
    standings(roll, 0)

    roll.left(ANN, (7, 8), 10)
    (gone,) = roll.take(now=18, wall=WALL + 18)

    assert (gone.standing, gone.topics, gone.active_at) == (None, (7, 8), WALL)
    assert ANN not in roll
    assert len(roll) == 0


def test_who_was_put_out_meanwhile_is_not_told_of_there() -> None:
    roll = a_roll()
    roll.came(ANN, 0)
    roll.left(ANN, (7, 8), 10)

    roll.forget_topic(ANN, 7)

    (gone,) = roll.take(now=18, wall=WALL + 18)
    assert list(gone.topics) == [8]


def test_what_could_not_be_told_comes_again_unless_something_newer_did() -> None:
    roll = a_roll()
    roll.came(ANN, 0)
    roll.came(BEN, 0)
    roll.left(ANN, (7,), 0)
    roll.left(BEN, (7,), 0)
    lost = roll.take(now=10, wall=WALL + 10)
    roll.came(BEN, 10)

    roll.again(lost)
    changes = {c.user_id: c for c in roll.take(now=11, wall=WALL + 11)}

    assert changes[ANN].standing is None
    assert list(changes[ANN].topics) == [7]
    assert changes[BEN].standing == Standing(is_idle=False, active_at=WALL + 10)


def test_a_stranger_to_the_roll_changes_nothing() -> None:
    roll = a_roll()

    roll.acted(ANN, 0)
    roll.left(ANN, (7,), 0)
    roll.touch(ANN)

    assert standings(roll, 100) == {}
