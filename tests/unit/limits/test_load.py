"""Load: limits tighten after some seconds of it, let go after more, and do not flutter."""

from __future__ import annotations

from causerie.foundation.identity import UserId
from causerie.foundation.telemetry import metrics
from causerie.limits import Action, LimitOptions
from causerie.limits.model import LoadGauge, LoadLevel, LoadSample
from causerie.limits.service import Tightening
from causerie.limits.wiring import build_book
from tests.fakes.clock import FakeClock

QUIET = LoadSample()
LATE = LoadSample(lag_seconds=0.6)
VERY_LATE = LoadSample(lag_seconds=3.0)
FULL = LoadSample(queue=6000)


def level_after(*samples: LoadSample, gauge: LoadGauge | None = None) -> LoadLevel:
    gauge = gauge or LoadGauge()
    for sample in samples:
        gauge.feed(sample)
    return gauge.level


def test_a_hiccup_changes_nothing() -> None:
    assert level_after(*[VERY_LATE] * 4, QUIET, *[VERY_LATE] * 4) is LoadLevel.CALM


def test_load_that_stays_is_noticed_a_step_at_a_time() -> None:
    assert level_after(*[LATE] * 5) is LoadLevel.BUSY
    assert level_after(*[LATE] * 100) is LoadLevel.BUSY
    assert level_after(*[VERY_LATE] * 5) is LoadLevel.BUSY
    assert level_after(*[VERY_LATE] * 10) is LoadLevel.STRAINED


def test_what_waits_for_the_writer_is_load() -> None:
    assert level_after(*[FULL] * 10) is LoadLevel.STRAINED


def test_a_busy_processor_is_load_only_where_it_is_late() -> None:
    assert level_after(*[LoadSample(cpu_share=1.0)] * 60) is LoadLevel.CALM
    assert level_after(*[LoadSample(lag_seconds=0.3, cpu_share=1.0)] * 5) is LoadLevel.BUSY


def test_around_the_threshold_nothing_flutters() -> None:
    gauge = LoadGauge()
    level_after(*[LATE] * 5, gauge=gauge)
    just_below = LoadSample(lag_seconds=0.45)

    changes = sum(gauge.feed(sample) for _ in range(100) for sample in (just_below, LATE))

    assert (changes, gauge.level) == (0, LoadLevel.BUSY)


def test_it_lets_go_when_the_load_is_clearly_over() -> None:
    gauge = LoadGauge()
    level_after(*[VERY_LATE] * 10, gauge=gauge)

    assert level_after(*[QUIET] * 14, gauge=gauge) is LoadLevel.STRAINED
    assert level_after(QUIET, gauge=gauge) is LoadLevel.BUSY
    assert level_after(*[QUIET] * 15, gauge=gauge) is LoadLevel.CALM


def test_the_reason_says_what_was_measured() -> None:
    gauge = LoadGauge()
    level_after(*[FULL] * 5, gauge=gauge)

    assert "6000 messages waited" in gauge.reason


def test_limits_tighten_under_load_and_doors_do_not() -> None:
    clock = FakeClock()
    book = build_book(LimitOptions(), clock=clock)
    tightening = Tightening(book, clock=clock, queue_depth=lambda: 0)

    for _ in range(10):
        tightening.feed(VERY_LATE)

    messages, attempts = book.of_users(Action.MESSAGES), book.of_addresses(Action.AUTH_ATTEMPTS)
    assert sum(messages.take(UserId(7)) is None for _ in range(60)) == 24
    assert sum(attempts.take("192.0.2.7") is None for _ in range(60)) == 10
    assert metrics.LIMITS_TIGHTNESS.now() == 0.4
    for _ in range(30):
        tightening.feed(QUIET)
    assert metrics.LIMITS_TIGHTNESS.now() == 1.0
