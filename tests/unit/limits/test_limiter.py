"""Limiters and the book of them: keys, trust, load, changes at run time, and what is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from causerie.accounts import Permission
from causerie.foundation.errors import RateLimited
from causerie.foundation.identity import Trust, UserId
from causerie.foundation.telemetry import metrics
from causerie.limits import (
    MANAGE_LIMITS,
    Action,
    ActionLimits,
    Algorithm,
    Limiter,
    LimitOptions,
    Rule,
    RuleChange,
    TrustBook,
    network_of,
)
from causerie.limits.jobs import remove_idle_keys
from causerie.limits.wiring import build_book
from tests.fakes.clock import FakeClock
from tests.measures import slowness

ADA = UserId(7)


def a_limiter(rule: Rule, clock: FakeClock | None = None, **options: object) -> Limiter[str]:
    return Limiter("test", rule, clock=clock or FakeClock(), **options)  # type: ignore[arg-type] # options by name


def passed(limiter: Limiter[UserId], times: int) -> int:
    return sum(limiter.take(ADA) is None for _ in range(times))


def test_each_key_has_its_own() -> None:
    limiter = a_limiter(Rule.a_minute(1))

    assert limiter.take("a") is None
    assert limiter.take("b") is None
    assert limiter.take("a") == pytest.approx(60.0)


def test_a_refusal_says_when_in_whole_seconds_rounded_up() -> None:
    clock = FakeClock()
    limiter = a_limiter(Rule.a_minute(7), clock)
    for _ in range(7):
        limiter.require("a")

    with pytest.raises(RateLimited) as first:
        limiter.require("a")
    clock.advance(first.value.retry_after)

    assert first.value.retry_after == 9
    limiter.require("a")


def test_zero_switches_a_limit_off() -> None:
    limiter = a_limiter(Rule.a_minute(0))

    assert [limiter.take("a") for _ in range(1000)] == [None] * 1000
    assert (len(limiter), limiter.standing("a")) == (0, None)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_idle_keys_are_forgotten_and_busy_ones_kept(algorithm: Algorithm) -> None:
    clock = FakeClock()
    limiter = a_limiter(Rule(amount=2, burst=2, algorithm=algorithm), clock)
    limiter.take("idle")
    clock.advance(64)
    limiter.take("busy")
    limiter.take("busy")
    clock.advance(2)

    removed = limiter.remove_idle()

    assert (removed, len(limiter)) == (1, 1)
    assert limiter.take("busy") is not None


@pytest.mark.parametrize("algorithm", Algorithm)
def test_the_number_of_keys_is_bounded(algorithm: Algorithm) -> None:
    rule = Rule(amount=1, burst=1, algorithm=algorithm)
    limiter = Limiter[int]("test", rule, clock=FakeClock(), max_keys=10)

    for key in range(1000):
        limiter.take(key)

    assert len(limiter) == 10
    assert limiter.take(999) is not None


def test_refusals_are_told_and_which_of_them_begin_a_row() -> None:
    told: list[tuple[str, str, bool]] = []
    clock = FakeClock()
    limiter = a_limiter(
        Rule.a_minute(1),
        clock,
        on_refused=lambda name, key, is_first: told.append((name, key, is_first)),
    )

    for _ in range(3):
        limiter.take("a")
    clock.advance(60)
    for _ in range(2):
        limiter.take("a")

    assert told == [("test", "a", True), ("test", "a", False), ("test", "a", True)]


def test_a_flood_is_counted_whole_and_logged_once() -> None:
    book = build_book(LimitOptions(messages_per_minute=1), clock=FakeClock())
    before = metrics.RATE_LIMITED.labels("messages").value
    with capture_logs() as lines:
        for _ in range(100):
            book.of_users(Action.MESSAGES).take(ADA)

    assert metrics.RATE_LIMITED.labels("messages").value - before == 99
    assert [(line["event"], line["limit"], line["key"]) for line in lines] == [
        ("limit_exceeded", "messages", "7")
    ]


def test_a_check_takes_a_few_microseconds() -> None:
    limiter = Limiter[int]("test", Rule.a_minute(60), clock=FakeClock())

    def round_of(times: int) -> float:
        started = time.perf_counter()
        for number in range(times):
            limiter.take(number & 1023)
        return (time.perf_counter() - started) / times

    # The best of ten: another process on the same core is not our cost.
    assert min(round_of(2000) for _ in range(10)) < 5e-6 * slowness()


# --- trust, load, changes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trust", "allowed"),
    [(Trust.SUSPECT, 5), (Trust.NORMAL, 10), (Trust.VERIFIED, 20), (Trust.PREMIUM, 40)],
)
@pytest.mark.parametrize("algorithm", Algorithm)
def test_trust_scales_what_a_user_may_do(trust: Trust, allowed: int, algorithm: Algorithm) -> None:
    book = TrustBook()
    rule = Rule(amount=10, burst=10, algorithm=algorithm)
    limiter = Limiter[UserId]("test", rule, clock=FakeClock(), levels=book.levels)

    book.note(ADA, trust)

    assert passed(limiter, 50) == allowed


def test_trust_that_falls_tightens_at_once() -> None:
    trust = TrustBook()
    book = build_book(LimitOptions(messages_per_minute=60), clock=FakeClock(), trust=trust)
    messages = book.of_users(Action.MESSAGES)
    assert passed(messages, 30) == 30

    trust.note(ADA, Trust.SUSPECT)

    assert passed(messages, 60) == 15  # half of what was left


def test_an_address_has_no_trust() -> None:
    rule = build_book(LimitOptions(), clock=FakeClock()).view(Action.AUTH_ATTEMPTS).rule

    assert set(rule.factors.values()) == {1.0}


def test_the_book_of_trust_is_bounded_and_forgets_the_longest_unseen() -> None:
    book = TrustBook(max_users=2)
    for user_id in (1, 2, 1, 3):
        book.note(UserId(user_id), Trust.PREMIUM)

    assert [book.of(UserId(i)) for i in (1, 2, 3)] == [
        Trust.PREMIUM,
        Trust.NORMAL,
        Trust.PREMIUM,
    ]


def test_load_tightens_and_lets_go_again() -> None:
    clock = FakeClock()
    limiter = Limiter[UserId]("test", Rule.a_minute(60), clock=clock)

    limiter.tighten(0.5)
    under_load = passed(limiter, 60)
    clock.advance(60)
    limiter.tighten(1.0)

    assert (under_load, passed(limiter, 100)) == (30, 60)


def test_a_changed_rule_holds_for_keys_that_are_counted_already() -> None:
    limiter = Limiter[UserId]("test", Rule.a_minute(10), clock=FakeClock())
    assert passed(limiter, 20) == 10

    limiter.change(Rule.a_minute(1000))

    assert 900 < passed(limiter, 2000) <= 1000 or limiter.take(ADA) is not None


def test_another_algorithm_counts_from_the_beginning() -> None:
    limiter = Limiter[UserId]("test", Rule.a_minute(10), clock=FakeClock())
    passed(limiter, 10)

    limiter.change(Rule(amount=3, burst=3, algorithm=Algorithm.SLIDING_WINDOW))

    assert passed(limiter, 10) == 3


def test_a_change_of_the_amount_alone_keeps_all_of_it_at_once() -> None:
    rule = RuleChange(amount=7).over(Rule.a_minute(60))

    assert (rule.amount, rule.burst, rule.period_seconds) == (7, 7, 60)


def test_later_changes_go_on_top_of_earlier_ones() -> None:
    earlier = RuleChange(amount=7, factors={Trust.SUSPECT: 0.1})
    both = RuleChange(burst=2, factors={Trust.PREMIUM: 9.0}).after(earlier)

    rule = both.over(Rule.a_minute(60))

    assert (rule.amount, rule.burst) == (7, 2)
    assert (rule.factors[Trust.SUSPECT], rule.factors[Trust.PREMIUM]) == (0.1, 9.0)


# --- the catalogue ---------------------------------------------------------------------------------


def allowed_of(options: LimitOptions) -> Mapping[str, int]:
    return {v.action: v.rule.amount for v in build_book(options, clock=FakeClock()).views()}


def test_the_settings_make_the_defaults() -> None:
    allowed = allowed_of(LimitOptions(messages_per_minute=120, auth_attempts_per_minute=2))

    assert (allowed["messages"], allowed["auth_attempts"]) == (120, 2)
    assert allowed["edits"] == 2 * allowed_of(LimitOptions())["edits"]


def test_who_switches_the_messages_off_means_all_that_users_do() -> None:
    off = {a for a, amount in allowed_of(LimitOptions(messages_per_minute=0)).items() if not amount}

    assert set(Action) - off == {"auth_attempts", "failed_proofs", "connections"}


def test_actions_are_asked_for_by_name() -> None:
    actions = ActionLimits(build_book(LimitOptions(), clock=FakeClock()))

    actions.require(Action.REPORTS, ADA, 30)

    with pytest.raises(RateLimited):
        actions.require(Action.REPORTS, ADA)


def test_a_limit_is_asked_for_what_it_counts() -> None:
    book = build_book(LimitOptions(), clock=FakeClock())

    with pytest.raises(ValueError, match="by user"):
        book.of_addresses(Action.MESSAGES)


def test_the_permission_is_one_of_the_catalogue() -> None:
    assert Permission.MANAGE_LIMITS == MANAGE_LIMITS


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

    worker = asyncio.create_task(remove_idle_keys(sweep, interval_seconds=0.001))
    await asyncio.wait_for(swept.wait(), 60)
    worker.cancel()

    with pytest.raises(asyncio.CancelledError):
        await worker
