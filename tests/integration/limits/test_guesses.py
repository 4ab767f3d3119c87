"""Brute force: few guesses at an account are evaluated, whoever makes them; its owner gets in."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import timedelta

import pytest

from causerie.foundation.errors import RateLimited, Unavailable
from causerie.foundation.events import Event, Events
from causerie.foundation.postgres import Database
from causerie.foundation.telemetry import metrics
from causerie.limits import Guesses, GuessesExhausted
from causerie.limits.model import MAX_KNOWN_GUESSES, MAX_STRANGERS_GUESSES
from causerie.limits.wiring import build_guesses
from tests.fakes.clock import FakeClock

HOME = "198.51.100.7"
ALL = MAX_KNOWN_GUESSES + MAX_STRANGERS_GUESSES
WINDOW_SECONDS = 15 * 60


# The long form takes half a minute, and shows no more than the short one does.
MANY = 10_000 if os.environ.get("CAUSERIE_CHAOS") == "full" else 300


class GuessScene:
    """A node that counts guesses."""

    def __init__(self, database: Database, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.announced: list[Event] = []
        events = Events()
        events.listen(GuessesExhausted, self.announced.append)
        self.database = database
        self.guesses: Guesses = build_guesses(database, events=events, clock=self.clock)
        self.evaluated = 0

    async def restart(self) -> GuessScene:
        return GuessScene(self.database, self.clock)

    async def guess(
        self, address: str, *, account: str = "ada", right: bool = False, kind: str = "password"
    ) -> str:
        try:
            async with self.guesses.guess(kind, account, address=address) as guess:
                self.evaluated += 1
                await asyncio.sleep(0)  # as hashing does, let others come in between
                if right:
                    guess.was_right()
        except RateLimited as refusal:
            is_sane = 1 <= refusal.retry_after <= WINDOW_SECONDS
            return "limited" if is_sane else f"limited for {refusal.retry_after} s"
        return "in" if right else "wrong"

    async def storm(self, tries: int, *, account: str = "ada") -> list[str]:
        """Guess from as many addresses, all at one moment."""
        return await asyncio.gather(
            *(
                self.guess(f"192.{n // 40_000}.{n // 200 % 200}.{n % 200}", account=account)
                for n in range(tries)
            )
        )


@pytest.fixture
async def scene(database: Database) -> GuessScene:
    return GuessScene(database)


async def test_of_many_tries_from_many_addresses_few_are_evaluated(scene: GuessScene) -> None:
    await scene.guess(HOME, right=True)
    scene.evaluated = 0

    answers = await scene.storm(MANY)
    await asyncio.gather(*(scene.guess(HOME) for _ in range(20)))  # and from the owner's own

    assert scene.evaluated == ALL <= 10
    assert Counter(answers) == {
        "wrong": MAX_STRANGERS_GUESSES,
        "limited": MANY - MAX_STRANGERS_GUESSES,
    }


async def test_a_crowd_that_guesses_keeps_nobody_from_the_database(scene: GuessScene) -> None:
    crowd = asyncio.create_task(scene.storm(MANY))
    most = 0.0
    while not crowd.done():
        await asyncio.sleep(0)
        most = max(most, metrics.DATABASE_POOL_WAITING.now())

    assert (await crowd).count("limited") == MANY - MAX_STRANGERS_GUESSES
    assert most <= 1  # the one whose turn it is


async def test_the_owner_gets_in_from_home_during_a_storm(scene: GuessScene) -> None:
    await scene.guess(HOME, right=True)
    await scene.storm(60)

    from_elsewhere = await scene.guess("203.0.113.9", right=True)
    from_home = [await scene.guess(HOME, right=True) for _ in range(20)]

    assert from_elsewhere == "limited"
    assert from_home == ["in"] * 20


async def test_the_owner_does_not_stand_in_the_strangers_queue(scene: GuessScene) -> None:
    await scene.guess(HOME, right=True)
    crowd = asyncio.gather(*(scene.guess(f"192.0.2.{n}") for n in range(250)))

    from_home = await scene.guess(HOME, right=True)

    assert from_home == "in"
    assert (await crowd).count("limited") == 250 - MAX_STRANGERS_GUESSES


async def test_where_an_account_was_made_is_known(scene: GuessScene) -> None:
    await scene.guesses.remember("password", "Ada", address=HOME)
    await scene.storm(40)

    assert await scene.guess(HOME, account="ADA", right=True) == "in"


async def test_names_that_nobody_has_are_counted_alike(scene: GuessScene) -> None:
    await scene.guess(HOME, account="ada", right=True)

    answers = {
        name: [await scene.guess("203.0.113.9", account=name) for _ in range(12)]
        for name in ("ada", "nobody")
    }

    assert answers["ada"] == answers["nobody"]


async def test_a_restart_forgives_nothing(scene: GuessScene) -> None:
    await scene.storm(40)

    after = await scene.restart()

    assert await after.guess("203.0.113.9", right=True) == "limited"


async def test_guesses_are_free_again_after_a_while(scene: GuessScene) -> None:
    await scene.storm(40)
    scene.clock.advance(WINDOW_SECONDS - 1)
    too_early = await scene.guess("203.0.113.9")
    scene.clock.advance(1)

    assert (too_early, await scene.guess("203.0.113.9")) == ("limited", "wrong")


async def test_fifty_right_ones_at_once_all_get_in(scene: GuessScene) -> None:
    answers = await asyncio.gather(*(scene.guess(HOME, right=True) for _ in range(50)))

    assert answers == ["in"] * 50


async def test_two_nodes_count_together(scene: GuessScene) -> None:
    other = GuessScene(scene.database, scene.clock)

    await asyncio.gather(scene.storm(40), other.storm(40))

    assert scene.evaluated + other.evaluated == MAX_STRANGERS_GUESSES


async def test_what_could_not_be_evaluated_is_not_counted(scene: GuessScene) -> None:
    for _ in range(20):
        with pytest.raises(Unavailable):
            async with scene.guesses.guess("password", "ada", address=HOME):
                raise Unavailable("Too many passwords at once")

    assert await scene.guess(HOME) == "wrong"


async def test_a_clock_that_was_days_ahead_locks_nobody_out(scene: GuessScene) -> None:
    ahead = GuessScene(scene.database, FakeClock(scene.clock.now() + timedelta(days=2)))
    await ahead.storm(50)

    assert await scene.guess("203.0.113.9", right=True) == "in"


async def test_each_kind_of_secret_has_a_count_of_its_own(scene: GuessScene) -> None:
    await scene.storm(40)

    assert await scene.guess("203.0.113.9", kind="code") == "wrong"


async def test_a_storm_is_told_once(scene: GuessScene) -> None:
    await scene.storm(60)

    assert [type(event) for event in scene.announced] == [GuessesExhausted]


async def test_what_is_past_is_removed(scene: GuessScene, database: Database) -> None:
    await scene.storm(20)
    await scene.guess(HOME, account="bob", right=True)
    scene.clock.advance(WINDOW_SECONDS + 1)
    guesses = await scene.guesses.remove_old()
    scene.clock.advance(91 * 24 * 3600)

    assert guesses == 2
    assert await scene.guesses.remove_old() == 1


async def test_the_places_of_an_account_are_bounded(scene: GuessScene) -> None:
    for number in range(30):
        scene.clock.advance(1)
        await scene.guess(f"198.51.100.{number}", right=True)
    await scene.storm(40)

    assert await scene.guess("198.51.100.0", right=True) == "limited"
    assert await scene.guess("198.51.100.29", right=True) == "in"
