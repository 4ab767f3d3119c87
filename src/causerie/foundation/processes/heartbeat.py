"""Whether a process still answers: one that lives and does nothing is worse than one that ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from causerie.foundation.processes.channel import ALIVE, Channel, ChannelClosed

BEAT_SECONDS = 5.0
# Nothing that a worker does holds its loop for a second; a machine that is out of memory or of
# processors for half a minute has one server fewer to carry after it.
HUNG_SECONDS = 30.0


async def wait_until_hung(channel: Channel, patience: Callable[[], float]) -> None:
    """Ask again and again, and come back when nothing was answered for ``patience()`` seconds.

    Only what was asked and not answered counts: who was stopped itself, and wakes late, asks again.
    """
    clock = asyncio.get_running_loop().time
    silent, limit = 0.0, patience()
    while silent < limit:
        began = clock()
        try:
            await channel.ask(ALIVE, seconds=BEAT_SECONDS)
        except ChannelClosed:
            silent += BEAT_SECONDS
        else:
            silent = 0.0
        await asyncio.sleep(BEAT_SECONDS - (clock() - began))
        if patience() != limit:  # It is ready since: what it did before does not count.
            silent, limit = 0.0, patience()
