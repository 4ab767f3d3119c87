"""What conduct comes to: a score with its reasons, and the trust that follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from causerie.foundation.identity import Trust, UserId
from causerie.moderation.model.reputation import START, Facts, reckon

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
NEWCOMER = Facts(UserId(1), NOW)
SETTLED = Facts(UserId(1), NOW - timedelta(days=40))


def but(facts: Facts, **other: object) -> Facts:
    return msgspec.structs.replace(facts, **other)


def test_a_newcomer_is_trusted_like_everybody() -> None:
    reputation = reckon(NEWCOMER, now=NOW)

    assert (reputation.score, reputation.parts, reputation.trust) == (50, (), Trust.NORMAL)


def test_a_month_without_trouble_verifies() -> None:
    before = reckon(but(NEWCOMER, created_at=NOW - timedelta(days=29)), now=NOW)
    after = reckon(SETTLED, now=NOW)

    assert (before.trust, after.trust) == (Trust.NORMAL, Trust.VERIFIED)


@pytest.mark.parametrize(
    ("trouble", "trust"),
    [
        ({"refused": 3}, Trust.NORMAL),
        ({"points": 4.0}, Trust.NORMAL),
        ({"points": 6.0, "is_sanctioned": True}, Trust.SUSPECT),
        ({"refused": 10, "upheld": 2}, Trust.NORMAL),
        ({"refused": 10, "upheld": 2, "points": 2.0}, Trust.SUSPECT),
        ({"right_reports": 8}, Trust.VERIFIED),
        ({"right_reports": 8, "points": 2.0}, Trust.NORMAL),
    ],
)
def test_trouble_takes_and_help_gives(trouble: dict[str, float], trust: Trust) -> None:
    facts = but(NEWCOMER, created_at=NOW - timedelta(days=20), **trouble)

    assert reckon(facts, now=NOW).trust is trust


def test_the_parts_say_why() -> None:
    facts = but(SETTLED, points=2.0, refused=3, wrong_reports=4)

    reputation = reckon(facts, now=NOW)

    assert {part.what: (part.count, part.points) for part in reputation.parts} == {
        "days_here": (40.0, 20.0),
        "ladder_points": (2.0, -10.0),
        "messages_refused": (3, -6.0),
        "own_reports_dismissed": (4, -2.0),
    }
    assert reputation.score == START + sum(part.points for part in reputation.parts)


def test_it_stays_within_its_bounds() -> None:
    worst = but(NEWCOMER, points=99.0, is_sanctioned=True, refused=500, upheld=500)
    best = but(SETTLED, right_reports=500)

    assert reckon(worst, now=NOW).score == 0
    assert reckon(best, now=NOW).score == 80  # Reports alone make nobody a saint.


def test_a_clock_that_went_back_makes_nobody_younger_than_new() -> None:
    assert reckon(NEWCOMER, now=NOW - timedelta(days=9)).score == 50
