"""Background loops of messages: what is due is sent."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from causerie.foundation.errors import Unavailable
from causerie.messages.ports import ScheduleStore
from causerie.messages.service import DueSender

# What another process wrote, or a transaction of another slice, is seen this late at most.
LOOK_SECONDS = 1.0


class DueMessages:
    """Waits for the time of the next message, and has it sent: a supervised worker."""

    def __init__(self, sender: DueSender, store: ScheduleStore, changed: asyncio.Event) -> None:
        self._sender = sender
        self._store = store
        self._changed = changed

    async def run(self) -> None:
        """Send what is due, over and over."""
        while True:
            self._changed.clear()  # Before we look: what changes from here on wakes us.
            seconds = await self._look()
            if seconds > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), seconds)

    async def _look(self) -> float:
        """Send what is due, if anything is, and say for how long there is nothing to do."""
        try:
            seconds = await self._store.next_due_seconds()
            if seconds is None or seconds > 0:
                return LOOK_SECONDS if seconds is None else min(seconds, LOOK_SECONDS)
            # What is due and could not be settled waits until we look again.
            return 0 if await self._sender.send_due() else LOOK_SECONDS
        except Unavailable:
            return LOOK_SECONDS
