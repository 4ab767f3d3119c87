"""Limits: what is allowed at once, what in the long run, and what is kept."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from causerie.foundation.errors import RateLimited
from causerie.foundation.identity import UserId
from causerie.foundation.telemetry import metrics
from causerie.limits import Bucket, Limiter, network_of
from causerie.limits.jobs import remove_idle_buckets
from causerie.limits.wiring import build
from tests.fakes.clock import FakeClock


def test_all_of_a_minute_may_be_used_at_once() -> None:
    bucket = Bucket(60)

    assert [bucket.take(0.0) for _ in range(60)] == [None] * 60
    assert bucket.take(0.0) == pytest.approx(1.0)


def test_a_refused_one_takes_nothing() -> None:
    bucket = Bucket(60, burst=1)
    bucket.take(0.0)
    for _ in range(100):
        assert bucket.take(0.5) == pytest.approx(0.5)

    assert bucket.take(1.0) is None


def test_what_a_refusal_says_holds() -> None:
    bucket = Bucket(10, burst=3)
    for _ in range(3):
        bucket.take(100.0)

    wait = bucket.take(101.5)

    assert wait == pytest.approx(4.5)
    assert bucket.take(101.5 + 4.5) is None


@given(
    st.integers(1, 1000), st.integers(1, 50), st.lists(st.floats(0, 10), min_size=1, max_size=200)
)
def test_no_minute_sees_more_than_the_burst_and_the_rate(
    per_minute: int, burst: int, pauses: list[float]
) -> None:
    bucket = Bucket(per_minute, burst)
    now, taken = 0.0, []
    for pause in pauses:
        now += pause
        if bucket.take(now) is None:
            taken.append(now)

    for start in taken:
        within = sum(start <= moment <= start + 60 for moment in taken)
        assert within <= burst + per_minute + 1


def test_a_bucket_that_never_fills_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Bucket(0)


def test_each_key_has_its_own() -> None:
    limiter = Limiter[str]("test", per_minute=1, clock=FakeClock())

    assert limiter.take("a") is None
    assert limiter.take("b") is None
    assert limiter.take("a") == pytest.approx(60.0)


def test_a_refusal_says_when_in_whole_seconds_rounded_up() -> None:
    clock = FakeClock()
    limiter = Limiter[str]("test", per_minute=7, clock=clock)
    for _ in range(7):
        limiter.require("a")

    with pytest.raises(RateLimited) as first:
        limiter.require("a")
    clock.advance(first.value.retry_after)

    assert first.value.retry_after == 9
    limiter.require("a")


def test_zero_switches_a_limit_off() -> None:
    limiter = Limiter[str]("test", per_minute=0, clock=FakeClock())

    assert [limiter.take("a") for _ in range(1000)] == [None] * 1000
    assert len(limiter) == 0


def test_idle_keys_are_forgotten_and_busy_ones_kept() -> None:
    clock = FakeClock()
    limiter = Limiter[str]("test", per_minute=2, clock=clock)
    limiter.take("idle")
    clock.advance(29)
    limiter.take("busy")
    limiter.take("busy")
    clock.advance(2)

    removed = limiter.remove_idle()

    assert (removed, len(limiter)) == (1, 1)
    assert limiter.take("busy") is not None


def test_the_number_of_keys_is_bounded() -> None:
    limiter = Limiter[int]("test", per_minute=1, clock=FakeClock(), max_keys=10)

    for key in range(1000):
        limiter.take(key)

    assert len(limiter) == 10
    assert limiter.take(999) is not None


def test_refusals_are_told_and_which_of_them_begin_a_row() -> None:
    told: list[tuple[str, str, bool]] = []
    clock = FakeClock()
    limiter = Limiter[str](
        "test",
        per_minute=1,
        clock=clock,
        on_refused=lambda name, key, is_first: told.append((name, key, is_first)),
    )

    for _ in range(3):
        limiter.take("a")
    clock.advance(60)
    for _ in range(2):
        limiter.take("a")

    assert told == [("test", "a", True), ("test", "a", False), ("test", "a", True)]


def test_a_flood_is_counted_whole_and_logged_once() -> None:
    limits = build(auth_attempts_per_minute=0, max_messages_per_minute=1, clock=FakeClock())
    before = metrics.RATE_LIMITED.labels("messages").value
    with capture_logs() as lines:
        for _ in range(100):
            limits.messages.take(UserId(7))

    assert metrics.RATE_LIMITED.labels("messages").value - before == 99
    assert [(line["event"], line["limit"], line["key"]) for line in lines] == [
        ("limit_exceeded", "messages", "7")
    ]


def test_a_check_takes_a_few_microseconds() -> None:
    limiter = Limiter[int]("test", per_minute=60, clock=FakeClock())

    def round_of(times: int) -> float:
        started = time.perf_counter()
        for number in range(times):
            limiter.take(number & 1023)
        return (time.perf_counter() - started) / times

    # The best of ten: another process on the same core is not our cost.
    assert min(round_of(2000) for _ in range(10)) < 5e-6


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not:an:address", "not:an:address"),
        ("", ""),
    ],
)
def test_an_ipv6_address_counts_as_its_network(address: str, counted_as: str) -> None:
    assert network_of(address) == counted_as


async def test_the_worker_removes_idle_keys() -> None:
    swept = asyncio.Event()

    def sweep() -> int:
        swept.set()
        return 0

    worker = asyncio.create_task(remove_idle_buckets([sweep], interval_seconds=0.001))
    await asyncio.wait_for(swept.wait(), 5)
    worker.cancel()

    with pytest.raises(asyncio.CancelledError):
        await worker


def test_the_settings_make_the_limits() -> None:
    limits = build(auth_attempts_per_minute=2, max_messages_per_minute=0, clock=FakeClock())

    attempts = [limits.auth_attempts.take("192.0.2.7") is None for _ in range(3)]
    messages = [limits.messages.take(UserId(1)) is None for _ in range(3)]

    assert attempts == [True, True, False]
    assert messages == [True, True, True]
