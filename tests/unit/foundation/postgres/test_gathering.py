"""Many ask at once, one read answers; whatever becomes of who reads, the others get theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import cast

import pytest

from causerie.foundation.errors import Unavailable
from causerie.foundation.postgres import Connection, Gathering
from causerie.foundation.postgres.gathering import MAX_QUESTIONS, MAX_WEIGHT

NOT_USED = cast("Connection", object())


class Library:
    """Answers with the double of each number below 1,000; a test can make it slow or broken."""

    def __init__(self) -> None:
        self.reads: list[list[int]] = []
        self.permits = asyncio.Semaphore(1000)
        self.is_lending = True
        self.error: Exception | None = None
        self.at_the_end: Callable[[], object] = lambda: None
        self.questions = Gathering(self.in_turn, self.read)

    @asynccontextmanager
    async def in_turn(self) -> AsyncIterator[Connection]:
        if not self.is_lending:
            await asyncio.sleep(0)
            raise Unavailable("no connection")
        yield NOT_USED

    async def read(self, connection: Connection, keys: Sequence[int]) -> dict[int, int]:
        assert connection is NOT_USED
        self.reads.append(list(keys))
        await self.permits.acquire()
        if self.error is not None:
            raise self.error
        self.at_the_end()
        return {key: key * 2 for key in keys if key < 1000}

    def hold(self) -> None:
        """Answer nothing until told."""
        self.permits = asyncio.Semaphore(0)

    def answer(self, reads: int = 1000) -> None:
        """Let so many reads come to their end."""
        for _ in range(reads):
            self.permits.release()

    async def ask(self, *keys: int, weight: int = 1) -> list[asyncio.Task[int | None]]:
        """Begin to ask, in this order."""
        tasks = [asyncio.create_task(self.questions.find(key, weight=weight)) for key in keys]
        await asyncio.sleep(0)
        return tasks


async def test_alone_a_question_waits_for_nothing() -> None:
    library = Library()

    assert await library.questions.find(7) == 14
    assert await library.questions.find(1000) is None
    assert library.reads == [[7], [1000]]


async def test_what_is_asked_during_a_read_goes_into_the_next_together() -> None:
    library = Library()
    library.hold()
    asked = await library.ask(1, 2, 3, 2, 1000)
    library.answer()

    assert await asyncio.gather(*asked) == [2, 4, 6, 4, None]
    # Whoever asks has never got what was read before: also the 2 that was asked twice.
    assert library.reads == [[1], [2, 3, 1000]]


async def test_a_read_has_its_bounds() -> None:
    library = Library()
    library.hold()
    many = await library.ask(*range(1 + 2 * MAX_QUESTIONS))
    heavy = await library.ask(500, 501, 502, weight=MAX_WEIGHT // 2)
    alone = await library.ask(600, weight=10 * MAX_WEIGHT)
    library.answer()
    await asyncio.gather(*many, *heavy, *alone)

    assert [len(keys) for keys in library.reads] == [1, MAX_QUESTIONS, MAX_QUESTIONS, 2, 1, 1]


async def test_a_failed_read_fails_for_those_who_were_in_it() -> None:
    library = Library()
    library.hold()
    first = await library.ask(1)
    others = await library.ask(2, 3)
    library.error = Unavailable("gone")
    library.answer()

    for task in (*first, *others):
        with pytest.raises(Unavailable):
            await task
    library.error = None
    assert await library.questions.find(4) == 8


async def test_without_a_connection_all_who_wait_hear_so_at_once() -> None:
    library = Library()
    library.is_lending = False
    asked = await library.ask(*range(3 * MAX_QUESTIONS))

    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert {type(answer) for answer in answers} == {Unavailable}
    library.is_lending = True
    assert await library.questions.find(4) == 8


async def test_who_reads_and_is_cancelled_takes_nobody_along() -> None:
    library = Library()
    library.hold()
    (first,) = await library.ask(1)
    second, third = await library.ask(2, 3)
    library.answer(1)
    await first
    await asyncio.sleep(0)  # The second reads for itself and the third.
    second.cancel()
    (fourth,) = await library.ask(4)
    library.answer()

    assert [await third, await fourth] == [6, 8]
    assert second.cancelled()
    assert library.reads == [[1], [2, 3], [3, 4]]


@pytest.mark.parametrize("turns", range(6))
async def test_a_cancellation_at_any_moment_leaves_the_others_answered(turns: int) -> None:
    library = Library()
    library.hold()
    asked = await library.ask(1, 2, 3, 4)
    library.answer()
    for _ in range(turns):
        await asyncio.sleep(0)
    asked[1].cancel()
    more = await library.ask(5, 6)

    async with asyncio.timeout(60):
        rest = await asyncio.gather(*asked[:1], *asked[2:], *more)
        last = await library.questions.find(7)

    assert rest == [2, 6, 8, 10, 12]
    assert last == 14


async def test_who_is_called_and_cancelled_in_the_same_turn_calls_the_next() -> None:
    library = Library()
    library.hold()
    _, second, third = await library.ask(1, 2, 3)
    # Runs when the second has been called to read, and before it wakes up to hear of it.
    library.at_the_end = lambda: asyncio.get_running_loop().call_soon(second.cancel)
    library.answer(1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    library.at_the_end = lambda: None
    library.answer()

    async with asyncio.timeout(60):
        assert await third == 6
    assert second.cancelled()
    assert await library.questions.find(7) == 14
