"""What passkeys need: their tables."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from causerie.accounts.model import Passkey
from causerie.foundation.crypto import NewCredential
from causerie.foundation.identity import UserId


class PasskeyBook(Protocol):
    """The tables of passkeys and challenges. Every method may raise ``Unavailable``."""

    async def add_challenge(
        self, challenge: bytes, user_id: UserId | None, *, expires_at: datetime
    ) -> None:
        """Keep a challenge until it is answered."""
        ...

    async def take_challenge(
        self, challenge: bytes, user_id: UserId | None, *, at: datetime
    ) -> bool:
        """Spend a challenge that was put to exactly this user (or to nobody yet), once."""
        ...

    async def add(
        self, user_id: UserId, new: NewCredential, *, name: str, limit: int, at: datetime
    ) -> Passkey | None:
        """Store a passkey; None where the user has ``limit`` of them, or somebody has this one."""
        ...

    async def list_of(self, user_id: UserId) -> list[Passkey]:
        """Give a user's passkeys, the oldest first."""
        ...

    async def find(self, credential_id: bytes) -> Passkey | None:
        """Find a passkey by the id that its authenticator gave it."""
        ...

    async def note_use(self, passkey: Passkey, *, sign_count: int, at: datetime) -> bool:
        """Write down a use; False where the passkey is gone or was used in between."""
        ...

    async def remove(self, user_id: UserId, passkey_id: int) -> bool:
        """Remove a user's passkey; says whether there was one. Raises ``LastWayIn``."""
        ...

    async def forget_challenges(self, *, at: datetime) -> int:
        """Forget those that nobody has answered; gives how many went."""
        ...
