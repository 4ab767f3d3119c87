"""What API keys need of the tables."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from causerie.accounts.model import ApiKey, KeyStanding, NewApiKey, User
from causerie.foundation.identity import UserId


class ApiKeyTable(Protocol):
    """The table of keys, by their hashes only. Every method may raise ``Unavailable``."""

    async def add(self, key: NewApiKey, *, limit: int) -> ApiKey | None:
        """Store one; None where the user has ``limit`` live ones."""
        ...

    async def list_live(self, user_id: UserId, *, at: datetime) -> list[ApiKey]:
        """Give a user's keys that are neither revoked nor expired, the newest first."""
        ...

    async def owner_of(self, key_id: int) -> UserId | None:
        """Say whose a key is that was not revoked."""
        ...

    async def revoke(self, key_id: int, *, at: datetime) -> bool:
        """Void a key; says whether it was good until now."""
        ...

    async def standing(self, key_hash: bytes, *, at: datetime) -> KeyStanding | None:
        """Give how a key stands; None where there is no live one."""
        ...

    async def touch(self, key_id: int, *, at: datetime) -> None:
        """Take note that it was used."""
        ...

    async def is_bot(self, user_id: UserId) -> bool:
        """Say whether a user is a program."""
        ...

    async def add_bot(self, username: str, display_name: str, role: str, *, at: datetime) -> User:
        """Make an account without a password. Raises ``UsernameTaken``."""
        ...
