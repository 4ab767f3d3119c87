"""What reputations need from their tables, and from accounts'."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from causerie.foundation.identity import Trust, UserId
from causerie.moderation.model.reputation import Facts, Reputation
from causerie.moderation.ports.sanctions import Key


class Standing(msgspec.Struct, frozen=True):
    """How far a user is trusted; pinned: somebody has decided it."""

    trust: Trust
    is_pinned: bool


class ReputationStore(Protocol):
    """Facts, what they come to, and the trust in users. All methods may raise ``Unavailable``."""

    async def facts(self, *, after: UserId, limit: int, now: datetime) -> Sequence[Facts]:
        """A page of all users by id."""
        ...

    async def put(self, reputations: Sequence[Reputation], *, at: datetime) -> Sequence[UserId]:
        """Write them down and have the trust follow; gives those in whom it is another now."""
        ...

    async def standing(self, user_id: UserId) -> Standing | None:
        """How far the user is trusted; None: no such user."""
        ...

    async def pin(self, user_id: UserId, trust: Trust | None, *, key: Key | None) -> bool:
        """Decide the trust by hand, or leave it to the score again, once per key.

        False: no such user. Raises ``Conflict`` of the key.
        """
        ...
