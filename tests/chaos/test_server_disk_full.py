"""The disk fills up under a whole server: it says so in time, keeps its word, and goes on after."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from causerie.foundation.postgres.disk import LOW_BYTES, MEBIBYTE
from tests.chaos.conftest import StartServer
from tests.chaos.load import Reader, Room, Sender, make_room, read_history, running, settle, until
from tests.chaos.small_disk import Filler
from tests.chaos.verdict import faults
from tests.processes import Causerie

pytestmark = pytest.mark.long

# The disk is looked at once a second, and health asked as often: here it is never noticed.
CONTROL_SECONDS = 4.0
SETTLED_WITHIN_SECONDS = 60.0
FULL_SECONDS = 2.0
BACK_WITHIN_SECONDS = 15.0


class Outcome(msgspec.Struct):
    """What a full disk came to."""

    free_when_noticed: int
    acknowledged_meanwhile: int
    codes: set[str]
    read_meanwhile: int  # messages of the history, from the database
    back_after_seconds: float
    faults: set[str]


async def fill_the_disk(
    server: Causerie,
    users: Sequence[int],
    filler: Filler,
    *,
    patience: float,
    notices_within: float,
) -> Outcome:
    room = await make_room(server, users[:3])
    senders = [Sender(server, user, room) for user in room.members[:2]]
    readers = [Reader(server, room.members[2], room)]
    async with running([*senders, *readers]):
        await until(lambda: all(len(s.acknowledged) > 20 for s in senders), seconds=30)
        filler.leave(LOW_BYTES - 8 * MEBIBYTE)
        await until_ready(server, False, seconds=notices_within)
        free = filler.free_bytes()
        filler.leave_nothing()
        before = [len(sender.acknowledged) for sender in senders]
        await asyncio.sleep(FULL_SECONDS)
        meanwhile = sum(len(sender.acknowledged) for sender in senders) - sum(before)
        read = await messages_in(server, room)
        filler.make_room()
        back_after = await until_ready(server, True, seconds=patience)
        await until(
            lambda: all(
                len(sender.acknowledged) > count + 20
                for sender, count in zip(senders, before, strict=True)
            ),
            seconds=patience,
        )
        history = await settle(server, room, senders, readers, seconds=patience)
    codes = {code for sender in senders for code in sender.codes}
    found = faults(history, senders, readers)
    return Outcome(free, meanwhile, codes, read, back_after, found)


async def messages_in(server: Causerie, room: Room) -> int:
    return len(await read_history(server, room))


async def until_ready(server: Causerie, wanted: bool, *, seconds: float) -> float:
    """Wait until health says so, or the time is over; gives the seconds."""
    began = time.monotonic()
    while await server.is_ready() is not wanted and time.monotonic() < began + seconds:
        await asyncio.sleep(0.1)
    return time.monotonic() - began


async def test_a_full_disk_costs_no_promise_and_is_over_when_there_is_room(
    start_server: StartServer, users: Sequence[int], small_disk: Path
) -> None:
    with start_server(place=small_disk) as server:
        outcome = await fill_the_disk(
            server,
            users,
            Filler(small_disk),
            patience=SETTLED_WITHIN_SECONDS,
            notices_within=SETTLED_WITHIN_SECONDS,
        )

    assert outcome.free_when_noticed > LOW_BYTES // 2
    assert outcome.acknowledged_meanwhile == 0
    assert outcome.codes == {"unavailable"}
    assert outcome.read_meanwhile > 40
    assert outcome.back_after_seconds < BACK_WITHIN_SECONDS
    assert outcome.faults == set()


async def test_control_acknowledgements_on_a_full_disk_are_seen(
    start_server: StartServer, users: Sequence[int], small_disk: Path
) -> None:
    with start_server("acknowledges_first", "ignores_the_disk", place=small_disk) as server:
        outcome = await fill_the_disk(
            server, users, Filler(small_disk), patience=1.0, notices_within=CONTROL_SECONDS
        )

    assert outcome.acknowledged_meanwhile > 0
    assert "lost" in outcome.faults
