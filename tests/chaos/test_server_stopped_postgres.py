"""PostgreSQL stands still: nothing is acknowledged, nothing piles up, and it all goes on after."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence

import msgspec
import pytest

from tests.chaos.conftest import IS_FULL, StartServer
from tests.chaos.load import Sender, make_room, read_history, running, until
from tests.chaos.verdict import faults
from tests.processes import Causerie, starved_seconds

pytestmark = pytest.mark.long

STOP_SECONDS = 30.0 if IS_FULL else 5.0
CONTROL_PATIENCE_SECONDS = 120.0  # Over in two on an idle machine: until what must be seen is seen.
SENDERS = 20
WINDOW = 80
# The longest message that is taken, 16 KB in UTF-8: with so many at once all bounds are met.
CONTENT = "\N{SLIGHTLY SMILING FACE}" * 3900
WARM_UP_MESSAGES = 2 * SENDERS
NOTICED_WITHIN_SECONDS = 2.5  # The health check waits a second, and is asked once a second.
WELL_WITHIN_SECONDS = 5.0
# The 26 MB that wait are committed on the same cores as other tests run on: an outage that is over
# later than promised is looked at again. A server that is too slow by itself is so each time.
MOST_OUTAGES = 3
MAX_GROWTH_BYTES = 50 << 20
UNAVAILABLE = "unavailable"


class Outcome(msgspec.Struct):
    """What a stop came to."""

    acknowledged_meanwhile: int
    grown_bytes: int
    was_ready_meanwhile: bool
    well_after_seconds: float
    codes: set[str]
    faults: set[str]


class Scene:
    """Senders, each in a room of its own, who send as much as they can."""

    def __init__(self, server: Causerie, senders: Sequence[Sender]) -> None:
        self.server = server
        self.senders = senders

    @property
    def acknowledged(self) -> int:
        return sum(len(sender.acknowledged) for sender in self.senders)

    async def run(self, seconds: float, *, enough_bytes: int | None = None) -> Outcome:
        """For so long, or until the server has grown by ``enough_bytes``."""
        async with running(self.senders):
            await self._warm_up()
            before = self.server.resident_bytes()
            processes = self.server.postgres_processes()
            for process in processes:
                process.suspend()
            acknowledged = self.acknowledged
            self._rest(False)
            try:
                grown, was_ready = await self._stand(seconds, before, enough_bytes)
                meanwhile = self.acknowledged - acknowledged
            finally:
                for process in processes:
                    process.resume()
            well_after = await self._until_well()
            found = await self._faults()
        codes = {code for sender in self.senders for code in sender.codes}
        return Outcome(meanwhile, grown, was_ready, well_after, codes, found)

    async def _warm_up(self) -> None:
        """Send a little, so that what follows is growth, and wait until nothing is under way."""
        await until(lambda: self.acknowledged > WARM_UP_MESSAGES, seconds=60)
        self._rest(True)
        assert await until(lambda: all(sender.is_idle for sender in self.senders), seconds=60)

    def _rest(self, is_resting: bool) -> None:
        for sender in self.senders:
            sender.is_resting = is_resting
            sender.window = WINDOW

    async def _stand(
        self, seconds: float, before: int, enough_bytes: int | None
    ) -> tuple[int, bool]:
        began = time.monotonic()
        most, was_ready = before, False
        while time.monotonic() < began + seconds:
            if enough_bytes is not None and most - before > enough_bytes:
                break
            await asyncio.sleep(0.1)
            most = max(most, self.server.resident_bytes())
            if time.monotonic() > began + NOTICED_WITHIN_SECONDS:
                was_ready = was_ready or await self.server.is_ready()
        return most - before, was_ready

    async def _until_well(self) -> float:
        """Wait until all that is under way is acknowledged and the server says it is ready."""
        began, starved = time.monotonic(), self._starved()
        for sender in self.senders:
            sender.is_ending = True
        await until(lambda: all(sender.is_done for sender in self.senders), seconds=60)
        while not await self.server.is_ready():
            assert time.monotonic() < began + 60, self.server.log()[-3000:]
            await asyncio.sleep(0.1)
        # Server and PostgreSQL take turns at this; when others had the core is not their time.
        lost = sum(seconds - starved.get(pid, 0) for pid, seconds in self._starved().items())
        return time.monotonic() - began - lost

    def _starved(self) -> dict[int, float]:
        found = {}
        for pid in (self.server.pid, *(p.pid for p in self.server.postgres_processes())):
            with contextlib.suppress(FileNotFoundError):  # A backend ends when it is not needed.
                found[pid] = starved_seconds(pid)
        return found

    async def _faults(self) -> set[str]:
        found: set[str] = set()
        for sender in self.senders:
            found |= faults(await read_history(self.server, sender.room), [sender], [])
        return found


async def stop_postgres(
    server: Causerie, users: Sequence[int], seconds: float, *, enough_bytes: int | None = None
) -> Outcome:
    senders = [
        Sender(
            server,
            user,
            await make_room(server, [user]),
            window=1,
            content=CONTENT,
            pause_seconds=0,
        )
        for user in users[:SENDERS]
    ]
    return await Scene(server, senders).run(seconds, enough_bytes=enough_bytes)


async def test_while_postgresql_stands_still_nothing_is_acknowledged_and_nothing_piles_up(
    lasting_server: Causerie, users: Sequence[int]
) -> None:
    outcomes = [await stop_postgres(lasting_server, users, STOP_SECONDS)]
    while outcomes[-1].well_after_seconds >= WELL_WITHIN_SECONDS and len(outcomes) < MOST_OUTAGES:
        outcomes.append(await stop_postgres(lasting_server, users, STOP_SECONDS))

    for outcome in outcomes:
        assert outcome.acknowledged_meanwhile == 0
        assert outcome.codes == {UNAVAILABLE}
        assert outcome.grown_bytes < MAX_GROWTH_BYTES
        assert not outcome.was_ready_meanwhile
        assert outcome.faults == set()
    assert outcomes[-1].well_after_seconds < WELL_WITHIN_SECONDS


async def test_control_false_acknowledgements_and_a_queue_without_bound_are_seen(
    start_server: StartServer, users: Sequence[int]
) -> None:
    with start_server("acknowledges_first", "keeps_all_that_comes") as server:
        outcome = await stop_postgres(
            server, users, CONTROL_PATIENCE_SECONDS, enough_bytes=MAX_GROWTH_BYTES
        )

    assert outcome.acknowledged_meanwhile > 0
    assert outcome.grown_bytes > MAX_GROWTH_BYTES
    assert "lost" in outcome.faults
