"""What two-factor needs: its tables, and a count of what was tried."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from causerie.accounts.model import Enrolment
from causerie.foundation.identity import UserId


class SecondFactors(Protocol):
    """The tables of authenticators and backup codes. Every method may raise ``Unavailable``."""

    async def propose(self, user_id: UserId, secret: str, *, at: datetime) -> bool:
        """Store a secret that is not yet in force, in place of an earlier one like it.

        Says False, and stores nothing, where one is in force.
        """
        ...

    async def find(self, user_id: UserId) -> Enrolment | None:
        """Give the user's authenticator, in force or not."""
        ...

    async def confirm(
        self, enrolment: Enrolment, *, step: int, backup_hashes: Sequence[bytes], at: datetime
    ) -> bool:
        """Put exactly this authenticator in force, its first step spent; once only."""
        ...

    async def take_step(self, user_id: UserId, step: int) -> bool:
        """Spend a time step; says whether it was unspent, to one caller of however many."""
        ...

    async def take_backup_code(self, user_id: UserId, code: bytes) -> bool:
        """Spend a backup code by its hash; says whether there was one, to one caller only."""
        ...

    async def replace_backup_codes(self, user_id: UserId, hashes: Sequence[bytes]) -> bool:
        """Void all backup codes and store these; False where no authenticator is in force."""
        ...

    async def count_backup_codes(self, user_id: UserId) -> int:
        """Say how many are left."""
        ...

    async def remove(self, user_id: UserId) -> bool:
        """Remove the authenticator and all backup codes; says whether one was in force."""
        ...

    async def forget_steps(self, *, before: int) -> int:
        """Forget spent steps of long ago; gives how many went."""
        ...
