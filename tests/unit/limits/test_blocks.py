"""Blocks as values: how they grow, fade and end, and what an admin may write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from causerie.foundation.errors import Invalid
from causerie.limits import Action, Block, LimitOptions, Scope, Subject
from causerie.limits.model import LADDER_SECONDS, next_step, require_block, require_subject
from causerie.limits.service import BlockBook
from causerie.limits.wiring import build_book
from tests.fakes.clock import FakeClock

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ADA = Subject(Scope.USER, "7")


def a_block(step: int, *, until: datetime = NOW, seconds: float = 60, **facts: object) -> Block:
    return Block(
        id=1,
        subject=ADA,
        step=step,
        rule="flooding",
        score=100,
        reason="too much",
        placed_at=until - timedelta(seconds=seconds),
        until=until,
        **facts,  # type: ignore[arg-type] # facts by name
    )


def test_the_ladder_is_a_minute_half_an_hour_two_hours_and_a_day() -> None:
    assert LADDER_SECONDS == (60, 1800, 7200, 86400)


@pytest.mark.parametrize(
    ("step", "quiet", "following"),
    [
        (0, timedelta(0), 1),
        (1, timedelta(hours=1), 2),
        (2, timedelta(hours=23), 3),
        (4, timedelta(0), 4),
        (3, timedelta(days=1), 3),
        (3, timedelta(days=2), 2),
        (3, timedelta(days=3), 1),
        (4, timedelta(days=300), 1),
        (2, timedelta(days=-2), 3),  # a clock that was set back
    ],
)
def test_blocks_grow_and_fade_by_a_step_a_day(step: int, quiet: timedelta, following: int) -> None:
    assert next_step(a_block(step), NOW + quiet) == following


def test_the_first_one_is_the_lowest() -> None:
    assert next_step(None, NOW) == 1


def test_a_clock_that_was_set_back_makes_no_block_longer() -> None:
    assert a_block(1).seconds_left(NOW - timedelta(days=2)) == 60


def test_a_lifted_one_is_over() -> None:
    assert a_block(1, until=NOW + timedelta(hours=1), lifted_at=NOW).seconds_left(NOW) == 0


def test_who_is_blocked_may_read_and_not_write() -> None:
    clock = FakeClock()
    blocked = BlockBook(clock)
    book = build_book(LimitOptions(), clock=clock, blocked=blocked.until)
    blocked.put(ADA.key, 60)

    waits = {
        action: book.of_users(action).take(7)  # type: ignore[arg-type] # a user's id
        for action in (Action.MESSAGES, Action.ROOMS, Action.HISTORY, Action.API)
    }

    assert waits == {
        Action.MESSAGES: pytest.approx(60),
        Action.ROOMS: pytest.approx(60),
        Action.HISTORY: None,
        Action.API: None,
    }


def test_a_block_holds_where_the_limit_is_off_and_ends_by_itself() -> None:
    clock = FakeClock()
    blocked = BlockBook(clock)
    off = LimitOptions(messages_per_minute=0)
    messages = build_book(off, clock=clock, blocked=blocked.until).of_users(Action.MESSAGES)
    blocked.put(ADA.key, 60)
    during = messages.take(7)  # type: ignore[arg-type] # a user's id
    clock.advance(60)

    assert during == pytest.approx(60)
    assert messages.take(7) is None  # type: ignore[arg-type] # a user's id
    assert blocked.remove_ended() == 1


def test_an_address_is_blocked_as_it_is_counted() -> None:
    assert require_subject(Scope.ADDRESS, "2001:db8:1:2::7").id == "2001:db8:1:2::/64"


@pytest.mark.parametrize(
    ("scope", "subject"),
    [
        (Scope.USER, "ada"),
        (Scope.USER, "0"),
        (Scope.USER, "9" * 30),
        (Scope.USER, "-1"),
        (Scope.ADDRESS, ""),
        (Scope.ADDRESS, "x" * 65),
        (Scope.API_KEY, "a\0b"),
    ],
)
def test_a_wrong_subject_is_invalid(scope: Scope, subject: str) -> None:
    with pytest.raises(Invalid):
        require_subject(scope, subject)


@pytest.mark.parametrize(
    ("seconds", "reason"), [(0, "why"), (10**9, "why"), (60, ""), (60, "x" * 501)]
)
def test_a_wrong_block_is_invalid(seconds: int, reason: str) -> None:
    with pytest.raises(Invalid):
        require_block(seconds, reason)
