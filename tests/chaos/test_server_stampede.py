"""All clients come back at once after a kill: all are in in time, with exactly what they missed."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
import pytest

from tests.chaos.conftest import IS_FULL, StartServer
from tests.chaos.load import Reader, Sender, make_room, running, settle, until
from tests.chaos.verdict import faults
from tests.processes import Causerie

pytestmark = pytest.mark.long

CLIENTS = 1000 if IS_FULL else 200
ROOMS = 10
BEFORE = 50  # Messages in each room before the kill,
MISSED = 25  # at least these while the clients are away,
TOTAL = 100  # and in all: some are on their way while everybody comes back.
ALL_IN_WITHIN_SECONDS = 30.0
PATIENCE_SECONDS = 60.0
CONTROL_PATIENCE_SECONDS = 2.0


class Outcome(msgspec.Struct):
    """What a stampede came to."""

    all_in_after_seconds: float
    missed: int  # messages that came by resuming
    faults: set[str]


async def stampede(
    server: Causerie, users: Sequence[int], *, rooms: int, per_room: int, patience: float
) -> Outcome:
    made = [await make_room(server, users) for _ in range(rooms)]
    # Several of a room's clients may be one user's sockets.
    readers = [
        [Reader(server, users[number % len(users)], room) for number in range(per_room)]
        for room in made
    ]
    everyone = [reader for of_room in readers for reader in of_room]
    senders = [Sender(server, users[number], room, total=TOTAL) for number, room in enumerate(made)]
    async with running(everyone):
        assert await until(lambda: all(r.is_in.is_set() for r in everyone), seconds=60)
        async with running(senders):
            await until(lambda: all(len(s.acknowledged) > BEFORE for s in senders), seconds=60)
            for reader in everyone:
                reader.may_come.clear()
            server.kill()
            await until(lambda: not any(r.is_in.is_set() for r in everyone), seconds=60)
            await server.start_soon()
            # The readers are kept out until there is something that they have missed.
            await until(
                lambda: all(len(s.acknowledged) > BEFORE + MISSED for s in senders), seconds=60
            )
            began = time.monotonic()
            for reader in everyone:
                reader.may_come.set()
            await until(lambda: all(r.is_in.is_set() for r in everyone), seconds=60)
            all_in_after = time.monotonic() - began
            histories = [
                await settle(server, room, [sender], of_room, seconds=patience)
                for room, sender, of_room in zip(made, senders, readers, strict=True)
            ]
    found: set[str] = set()
    for history, sender, of_room in zip(histories, senders, readers, strict=True):
        found |= faults(history, [sender], of_room)
    missed = sum(answer["missed"] for reader in everyone for answer in reader.resumed)
    return Outcome(all_in_after, missed, found)


async def test_all_come_back_at_once_and_get_what_they_missed(
    lasting_server: Causerie, users: Sequence[int]
) -> None:
    outcome = await stampede(
        lasting_server,
        users,
        rooms=ROOMS,
        per_room=CLIENTS // ROOMS,
        patience=PATIENCE_SECONDS,
    )

    assert outcome.all_in_after_seconds < ALL_IN_WITHIN_SECONDS
    assert outcome.missed >= CLIENTS * MISSED
    assert outcome.faults == set()


async def test_control_a_server_that_resumes_too_late_is_seen(
    start_server: StartServer, users: Sequence[int]
) -> None:
    with start_server("resumes_too_late") as server:
        outcome = await stampede(
            server, users, rooms=1, per_room=4, patience=CONTROL_PATIENCE_SECONDS
        )

    assert "missed" in outcome.faults
