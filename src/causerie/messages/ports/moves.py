"""What happened lately around messages and has no number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from causerie.foundation.identity import UserId
from causerie.messages.events import ScheduledChanged, ThreadAttended, ThreadRead


class Moves(Protocol):
    """For who did not hear of it. All methods raise ``Unavailable``."""

    async def threads_since(
        self, users: Sequence[UserId], *, seconds: float
    ) -> Sequence[ThreadAttended | ThreadRead]:
        """What these read or chose of threads in the last so many seconds, as it is now."""
        ...

    async def scheduled_since(
        self, users: Sequence[UserId], *, seconds: float
    ) -> Sequence[ScheduledChanged]:
        """What became of these people's scheduled messages in the last so many seconds."""
        ...
