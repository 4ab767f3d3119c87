"""Token buckets and sliding windows: what is allowed at once, what in the long run, what is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.limits.model import Plan, SlidingWindows, TokenBuckets

MINUTE = Plan(quota=60, period_seconds=60, burst=60)


def test_all_of_a_minute_may_be_used_at_once() -> None:
    buckets = TokenBuckets[str]()

    assert [buckets.take("a", MINUTE, 0.0) for _ in range(60)] == [None] * 60
    assert buckets.take("a", MINUTE, 0.0) == pytest.approx(1.0)


def test_a_refused_one_takes_nothing() -> None:
    buckets = TokenBuckets[str]()
    plan = Plan(quota=60, period_seconds=60, burst=1)
    buckets.take("a", plan, 0.0)
    for _ in range(100):
        assert buckets.take("a", plan, 0.5) == pytest.approx(0.5)

    assert buckets.take("a", plan, 1.0) is None


def test_what_costs_more_than_a_bucket_holds_takes_the_full_one() -> None:
    buckets = TokenBuckets[str]()
    plan = Plan(quota=60, period_seconds=60, burst=10)

    assert buckets.take("a", plan, 0.0, 500) is None
    assert buckets.take("a", plan, 0.0) == pytest.approx(1.0)
    assert buckets.take("a", plan, 5.0, 500) == pytest.approx(5.0)


def test_a_wider_plan_forgives_an_older_debt() -> None:
    buckets = TokenBuckets[str]()
    for _ in range(60):
        buckets.take("a", MINUTE, 0.0)

    quick = Plan(quota=600, period_seconds=60, burst=10)

    assert buckets.take("a", quick, 0.0) == pytest.approx(0.1)


def test_standings_count_down_and_say_when_all_is_there_again() -> None:
    buckets = TokenBuckets[str]()
    before = buckets.standing("a", MINUTE, 5.0)
    for _ in range(10):
        buckets.take("a", MINUTE, 5.0)

    after = buckets.standing("a", MINUTE, 6.0)

    assert (before.limit, before.remaining, before.reset_seconds) == (60, 60, 0.0)
    assert after.remaining == 51
    assert after.reset_seconds == pytest.approx(9.0)


def test_a_window_never_sees_more_than_its_quota_around_a_border() -> None:
    windows = SlidingWindows[str]()
    plan = Plan(quota=12, period_seconds=12, burst=12)
    for _ in range(12):
        assert windows.take("a", plan, 11.9) is None

    assert windows.take("a", plan, 12.1) is not None
    assert windows.take("a", plan, 23.8) is not None
    assert windows.take("a", plan, 25.0) is None


def test_a_window_says_how_it_stands() -> None:
    windows = SlidingWindows[str]()
    plan = Plan(quota=5, period_seconds=60, burst=5)
    windows.take("a", plan, 100.0, 3)

    standing = windows.standing("a", plan, 101.0)

    assert (standing.limit, standing.remaining) == (5, 2)
    assert 59 <= standing.reset_seconds <= 64


def test_a_plan_that_allows_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="allows something"):
        Plan(quota=0, period_seconds=60, burst=1)


PAUSES = st.lists(st.floats(0, 10), min_size=1, max_size=80)


@given(st.integers(1, 1000), st.integers(1, 50), PAUSES)
def test_buckets_never_let_more_pass_than_the_burst_and_the_rate(
    quota: int, burst: int, pauses: list[float]
) -> None:
    plan = Plan(quota=quota, period_seconds=60, burst=burst)
    taken = passed(TokenBuckets[str](), plan, pauses)

    for number, start in enumerate(taken):
        for count, end in enumerate(taken[number:], 1):
            assert count <= burst + (end - start) * quota / 60 + 0.1


@given(st.integers(1, 60), st.sampled_from([1, 7, 60]), PAUSES)
def test_windows_never_let_more_than_the_quota_pass_in_any_period(
    quota: int, period: int, pauses: list[float]
) -> None:
    plan = Plan(quota=quota, period_seconds=period, burst=quota)
    taken = passed(SlidingWindows[str](), plan, pauses)

    for start in taken:
        assert sum(start <= moment < start + period for moment in taken) <= quota


@pytest.mark.parametrize("counts", [TokenBuckets, SlidingWindows])
@given(st.integers(1, 100), PAUSES)
def test_what_a_refusal_says_holds(
    counts: type[TokenBuckets[str] | SlidingWindows[str]], quota: int, pauses: list[float]
) -> None:
    plan = Plan(quota=quota, period_seconds=60, burst=quota)
    counted, now = counts(), 0.0
    for pause in pauses:
        now += pause
        wait = counted.take("a", plan, now)
        if wait is not None:
            assert 0 < wait <= 60 + 60 / 12 + 0.001
            now += wait + 1e-6
            assert counted.take("a", plan, now) is None


def passed(
    counts: TokenBuckets[str] | SlidingWindows[str], plan: Plan, pauses: list[float]
) -> list[float]:
    """The moments of those that were let pass."""
    now, taken = 0.0, []
    for pause in pauses:
        now += pause
        if counts.take("a", plan, now) is None:
            taken.append(now)
    return taken
