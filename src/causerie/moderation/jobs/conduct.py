"""What follows from conduct: refused messages count towards the ladder, reputations are reckoned."""

from __future__ import annotations

import asyncio

from causerie.foundation.identity import UserId
from causerie.moderation.service import ReputationService, SanctionService

LOOK_SECONDS = 30.0  # For what another node recorded and did not live to count.
ROUND_SECONDS = 600.0  # Trust follows conduct within this, where no sanction says it at once.
PAUSE_SECONDS = 0.2  # Between two pages: all users of a big server in minutes, at a few percent.


class RefusalCounter:
    """Counts what the filter refused. ``run`` is a supervised worker."""

    def __init__(self, sanctions: SanctionService) -> None:
        self._sanctions = sanctions
        self._some = asyncio.Event()

    def wake(self) -> None:
        """Hear that something was recorded."""
        self._some.set()

    async def run(self) -> None:
        """Count for ever what was recorded."""
        while True:
            self._some.clear()
            while await self._sanctions.count_refusal():
                pass
            try:
                await asyncio.wait_for(self._some.wait(), LOOK_SECONDS)
            except TimeoutError:
                continue


async def keep_reputations(
    service: ReputationService,
    *,
    round_seconds: float = ROUND_SECONDS,
    pause_seconds: float = PAUSE_SECONDS,
) -> None:
    """Reckon all users' reputations, round after round; a supervised worker."""
    while True:
        after: UserId | None = UserId(0)
        while after is not None:
            after = await service.reckon_page(after)
            await asyncio.sleep(pause_seconds)
        await asyncio.sleep(round_seconds)
