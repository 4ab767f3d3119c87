from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

import pytest

from causerie.messages.store.gathering import (
    BATCHES_WITHOUT,
    MAX_ANSWERED,
    MAX_PATIENCE_SECONDS,
    QUIET_SECONDS,
    Gathering,
)

TURN_SECONDS = 0.0001  # What a turn of the loop takes here, by a clock that only asking moves.
COMMIT_SECONDS = 0.006


class Senders:
    """Sends that arrive turn by turn, as the waiting asks for the time once a turn."""

    def __init__(self) -> None:
        self.waiting = 0
        self.seconds = 0.0
        self._arrivals: Iterator[int] = iter(())
        self.gathering = Gathering(lambda: self.waiting, clock=self._turn)

    def _turn(self) -> float:
        self.seconds += TURN_SECONDS
        self.waiting += next(self._arrivals, 0)
        return self.seconds

    async def after(
        self, answered: int, arrivals: Iterable[int] = (), *, seconds: float = COMMIT_SECONDS
    ) -> tuple[int, float]:
        """A commit that took so long: how many the next batch has, and how long it waited."""
        self.gathering.committed(answered, seconds)
        self._arrivals = iter(arrivals)
        began = self.seconds
        await self.gathering.wait()
        batch, self.waiting = self.waiting, 0
        return batch, self.seconds - began


@pytest.fixture
def senders() -> Senders:
    return Senders()


async def test_those_who_were_answered_join_those_who_waited(senders: Senders) -> None:
    senders.waiting = 8

    batch, waited = await senders.after(8, [0, 3, 0, 3, 2, 0, 0, 0])

    assert batch == 16
    assert waited < 7 * TURN_SECONDS  # Not a turn longer than until the last is there.


async def test_a_lone_message_waits_for_nobody(senders: Senders) -> None:
    senders.waiting = 1

    assert await senders.after(1, [1]) == (1, 0)


async def test_after_a_large_batch_nobody_is_waited_for(senders: Senders) -> None:
    senders.waiting = 1

    assert await senders.after(MAX_ANSWERED + 1, [1] * 5) == (1, 0)


async def test_the_wait_ends_where_nobody_sends_any_more(senders: Senders) -> None:
    batch, waited = await senders.after(10, [1, 1, 1, 0, 0, 0, 0, 0, 0, 1])

    assert batch == 3
    assert waited == pytest.approx(3 * TURN_SECONDS + QUIET_SECONDS, abs=1.5 * TURN_SECONDS)


@pytest.mark.parametrize(("seconds", "at_most"), [(0.003, 0.001), (30.0, MAX_PATIENCE_SECONDS)])
async def test_the_wait_is_a_share_of_the_commit_before_and_bounded(
    senders: Senders, seconds: float, at_most: float
) -> None:
    _, waited = await senders.after(60, [1] * 59, seconds=seconds)

    assert at_most < waited < at_most + 2.5 * TURN_SECONDS


async def test_a_wait_in_vain_is_not_repeated_at_once(senders: Senders) -> None:
    await senders.after(4)

    waits = [(await senders.after(4))[1] for _ in range(BATCHES_WITHOUT + 1)]

    assert waits[:BATCHES_WITHOUT] == [0] * BATCHES_WITHOUT
    assert waits[BATCHES_WITHOUT] > 0


async def test_two_halves_that_took_turns_stay_together(senders: Senders) -> None:
    """Sixteen senders who send again 0.2 ms after each answer, at first in halves."""
    senders.waiting = 8
    batches = []
    answered = 8
    for _ in range(5):
        answered, _ = await senders.after(answered, [0, answered])
        batches.append(answered)

    assert batches == [16] * 5


async def test_the_loop_goes_on_meanwhile(senders: Senders) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await senders.after(10, [1] * 10)
    task.cancel()

    assert turns >= 10
