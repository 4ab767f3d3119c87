"""What invitations need of the tables."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from causerie.accounts.model import Invitation, NewInvitation
from causerie.foundation.identity import UserId


class InvitationTable(Protocol):
    """The table of invitations, by their hashes only. Every method may raise ``Unavailable``.

    One lives until it expires or is revoked, also where it is used up.
    """

    async def add(self, new: NewInvitation, *, limit: int) -> Invitation | None:
        """Store one; None where ``limit`` of the maker's live, which nobody counts of the operator's."""
        ...

    async def is_good(self, code_hash: bytes, *, at: datetime) -> bool:
        """Say whether one lives that has uses left. ``Users.add_user`` uses it."""
        ...

    async def list_live(self, of: UserId | None, *, at: datetime) -> list[Invitation]:
        """Give what lives, of one person or (None) of all, the newest first."""
        ...

    async def revoke(self, invitation_id: int, of: UserId | None, *, at: datetime) -> bool:
        """End one, of this person's or (None) anybody's; says whether there was one that lived."""
        ...

    async def remove_older(self, before: datetime) -> int:
        """Remove those that expired before a moment; says how many."""
        ...
