"""Counts once more what is shown as unread, and says by how much it is wrong."""

from __future__ import annotations

import asyncio

import structlog

from causerie.foundation.errors import Unavailable
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.telemetry import metrics
from causerie.receipts.ports import Positions, Tallies

log = structlog.get_logger()

POSITIONS_PER_STEP = 200  # Some 20 ms of PostgreSQL.
STEP_SECONDS = 15.0  # 10,000 members of 100 conversations each are gone through in 21 hours.
MAX_UNREAD = 5000  # Who has this much unread looks at no number; counting it would take long.
RETRY_SECONDS = 60.0

_START = (ConversationId(0), UserId(0))


class Recounter:
    """Goes through all read positions, some at a time, for ever. ``run`` is a supervised worker.

    What is shown: ``last_seq`` - ``read_seq``, the mentions that the trigger has written down, and
    the answers in threads that are followed. What is true: the messages that are there, and what
    each of them says.
    """

    def __init__(self, positions: Positions, tallies: Tallies) -> None:
        self._positions = positions
        self._tallies = tallies
        self._place = _START
        self._drift = 0

    async def run(self) -> None:
        """Take step after step."""
        while True:
            await asyncio.sleep(STEP_SECONDS)
            try:
                await self.step()
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)

    async def step(self, *, limit: int = POSITIONS_PER_STEP) -> bool:
        """Look at the next positions; False: that was the end, and the next step begins anew."""
        found = await self._positions.after(*self._place, limit=limit)
        looked_at = [p for p in found if p.last_seq - p.read_seq <= MAX_UNREAD]
        counted = await self._tallies.recount(looked_at)
        for position, true in zip(looked_at, counted, strict=True):
            shown = position.last_seq - position.read_seq
            drift = (
                abs(shown - true.unread)
                + abs(true.noted - true.mentions)
                + abs(true.shown_replies - true.replies)
            )
            if drift:
                log.error(
                    "unread_drift",
                    user_id=position.user_id,
                    conversation_id=position.conversation_id,
                    shown=[shown, true.noted, true.shown_replies],
                    true=[true.unread, true.mentions, true.replies],
                )
            self._drift += drift
        if self._drift:
            metrics.UNREAD_DRIFT.set(self._drift)
        if len(found) == limit:
            self._place = (found[-1].conversation_id, found[-1].user_id)
            return True
        metrics.UNREAD_DRIFT.set(self._drift)
        self._place, self._drift = _START, 0
        return False
