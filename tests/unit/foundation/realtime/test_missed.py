"""What went unheard is looked for from the moment in which that began, until it was found."""

from __future__ import annotations

import asyncio

from causerie.foundation.errors import Unavailable
from causerie.foundation.realtime.missed import LOOK_BACK_SECONDS, RETRY_SECONDS, Missed
from tests.fakes.virtual_time import run_in_virtual_time


class Looks:
    """Who looks while the others are away, and who looks afterwards: for how long back."""

    def __init__(self) -> None:
        self.missed = Missed()
        self.always: list[float] = []
        self.after: list[float] = []
        self.is_away = False
        self.missed.add(self._look_always, while_away=True)
        self.missed.add(self._look_after, while_away=False)
        self._work = asyncio.get_running_loop().create_task(self.missed.run())

    async def _look_always(self, seconds: float) -> None:
        if self.is_away:
            raise Unavailable("The database is away")
        self.always.append(seconds - LOOK_BACK_SECONDS)

    async def _look_after(self, seconds: float) -> None:
        self.after.append(seconds - LOOK_BACK_SECONDS)

    async def note(self, *, is_ongoing: bool, wait: float) -> None:
        self.missed.note(is_ongoing=is_ongoing)
        await asyncio.sleep(wait)

    async def end(self) -> None:
        self._work.cancel()
        await asyncio.wait({self._work})


def test_an_outage_is_looked_at_from_its_beginning_and_the_next_one_from_its_own() -> None:
    async def story() -> Looks:
        looks = Looks()
        await looks.note(is_ongoing=True, wait=10.0)
        await looks.note(is_ongoing=True, wait=10.0)
        await looks.note(is_ongoing=False, wait=100.0)
        await looks.note(is_ongoing=False, wait=1.0)
        await looks.end()
        return looks

    looks = run_in_virtual_time(story())

    assert looks.always == [0.0, 10.0, 20.0, 0.0]
    assert looks.after == [20.0, 0.0]


def test_what_could_not_be_looked_for_is_looked_for_again() -> None:
    async def story() -> Looks:
        looks = Looks()
        looks.is_away = True
        await looks.note(is_ongoing=False, wait=0.5 * RETRY_SECONDS)
        looks.is_away = False
        await asyncio.sleep(RETRY_SECONDS)
        await looks.end()
        return looks

    looks = run_in_virtual_time(story())

    assert looks.always == looks.after == [RETRY_SECONDS]
