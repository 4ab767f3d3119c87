"""Many lines of one turn of the loop are spread over turns; none is lost, and errors do not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from structlog import DropEvent
from structlog.typing import EventDict, WrappedLogger

from causerie.foundation.telemetry.log_turns import LINES_A_TURN, MAX_WAITING_LINES, LogTurns

FLOOD = 3 * LINES_A_TURN + 1


class Log:
    """A logger behind the turns; ``lines`` are those that have come out."""

    def __init__(self) -> None:
        self.lines: list[object] = []
        self.turns = LogTurns((self._look_through,))

    def say(self, what: object, *, method: str = "info") -> None:
        try:
            fields = self.turns(self, method, {"event": what})
        except DropEvent:
            return
        self.info(self._look_through(self, method, fields))

    def info(self, fields: EventDict) -> None:
        self.lines.append(fields["seen"])

    @staticmethod
    def _look_through(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
        return {"seen": fields["event"]}


@pytest.fixture
def log() -> Log:
    return Log()


async def test_a_flood_is_spread_over_turns_and_keeps_its_order(log: Log) -> None:
    for number in range(FLOOD):
        log.say(number)
    by_turn = [len(log.lines)]
    while len(log.lines) < FLOOD:
        await asyncio.sleep(0)
        by_turn.append(len(log.lines))

    assert by_turn == [*range(LINES_A_TURN, FLOOD, LINES_A_TURN), FLOOD]
    assert log.lines == list(range(FLOOD))


async def test_what_is_said_while_others_wait_comes_behind_them(log: Log) -> None:
    for number in range(FLOOD):
        log.say(number)
    await asyncio.sleep(0)
    log.say("late")
    while "late" not in log.lines:
        await asyncio.sleep(0)

    assert log.lines == [*range(FLOOD), "late"]


async def test_an_error_brings_out_all_that_was_said_before_it(log: Log) -> None:
    for number in range(FLOOD):
        log.say(number)
    log.say("broken", method="error")

    assert log.lines == [*range(FLOOD), "broken"]


async def test_no_more_wait_than_the_bound(log: Log) -> None:
    for number in range(LINES_A_TURN + MAX_WAITING_LINES + 2):
        log.say(number)

    assert log.lines == list(range(LINES_A_TURN + 2))


@pytest.mark.parametrize("speak", [lambda log: log.say("after"), lambda log: log.turns.write_all()])
def test_what_waited_when_its_loop_ended_comes_out(log: Log, speak: Callable[[Log], None]) -> None:
    async def flood() -> None:
        for number in range(FLOOD):
            log.say(number)

    asyncio.run(flood())
    speak(log)

    assert log.lines[:FLOOD] == list(range(FLOOD))
