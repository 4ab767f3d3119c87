"""The exam of every ``Counts``: what it promises to a limit, on whatever it stands.

Each question is put by awaiting, and time is told: what counts in another process (Redis) joins
``COUNTS`` with an adapter of its own and sits the same exam.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import pytest

from causerie.limits.model import (
    Plan,
    SharedBuckets,
    SharedWindows,
    SlidingWindows,
    Standing,
    TokenBuckets,
)
from causerie.limits.ports import Counts

PLAN = Plan(quota=50, period_seconds=60, burst=50)


class Subject(Protocol):
    """How the exam speaks to counts, wherever they are."""

    async def take(self, key: str, plan: Plan, now: float, cost: int = 1) -> float | None: ...

    async def standing(self, key: str, plan: Plan, now: float) -> Standing: ...

    async def remove_idle(self, now: float) -> int: ...


class InMemory:
    """Those of this process, which answer at once."""

    def __init__(self, counts: Counts[str]) -> None:
        self._counts = counts

    async def take(self, key: str, plan: Plan, now: float, cost: int = 1) -> float | None:
        return self._counts.take(key, plan, now, cost)

    async def standing(self, key: str, plan: Plan, now: float) -> Standing:
        return self._counts.standing(key, plan, now)

    async def remove_idle(self, now: float) -> int:
        return self._counts.remove_idle(now)


COUNTS: dict[str, Callable[[], Subject]] = {
    "buckets in memory": lambda: InMemory(TokenBuckets()),
    "windows in memory": lambda: InMemory(SlidingWindows()),
    "buckets of many nodes": lambda: InMemory(SharedBuckets(wake=lambda: None)),
    "windows of many nodes": lambda: InMemory(SharedWindows(wake=lambda: None)),
}


@pytest.fixture(params=COUNTS)
async def counts(request: pytest.FixtureRequest) -> Subject:
    return COUNTS[request.param]()


async def test_of_many_at_once_exactly_the_quota_passes(counts: Subject) -> None:
    answers = await asyncio.gather(*(counts.take("a", PLAN, 1000.0) for _ in range(80)))

    assert sum(answer is None for answer in answers) == 50


async def test_each_key_has_its_own(counts: Subject) -> None:
    await counts.take("a", PLAN, 1000.0, 50)

    assert await counts.take("a", PLAN, 1000.0) is not None
    assert await counts.take("b", PLAN, 1000.0) is None


async def test_a_refused_one_costs_nothing(counts: Subject) -> None:
    await counts.take("a", PLAN, 1000.0, 49)
    for _ in range(100):
        assert await counts.take("a", PLAN, 1000.0, 2) is not None

    assert await counts.take("a", PLAN, 1000.0) is None


async def test_what_is_asked_for_too_early_is_told_when_to_come(counts: Subject) -> None:
    await counts.take("a", PLAN, 1000.0, 50)
    wait = await counts.take("a", PLAN, 1000.0)
    assert wait is not None

    assert await counts.take("a", PLAN, 1000.0 + wait + 0.001) is None


async def test_a_narrower_plan_holds_from_the_next_question_on(counts: Subject) -> None:
    await counts.take("a", PLAN, 1000.0, 50)

    narrow = Plan(quota=10, period_seconds=60, burst=10)

    assert await counts.take("a", narrow, 1000.0) is not None


async def test_standings_tell_without_counting(counts: Subject) -> None:
    await counts.take("a", PLAN, 1000.0, 20)

    told = [(await counts.standing("a", PLAN, 1000.0)).remaining for _ in range(3)]

    assert told == [30, 30, 30]


async def test_who_has_all_allowance_again_is_forgotten(counts: Subject) -> None:
    await counts.take("idle", PLAN, 1000.0)
    await counts.take("busy", PLAN, 1070.0)

    assert await counts.remove_idle(1070.5) == 1
    assert (await counts.standing("busy", PLAN, 1070.5)).remaining == 49
