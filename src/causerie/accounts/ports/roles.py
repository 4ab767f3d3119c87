"""What changing roles needs of the tables."""

from __future__ import annotations

from typing import Protocol

from causerie.accounts.model import User
from causerie.foundation.identity import UserId


class RoleTable(Protocol):
    """The table of roles. Every method is one transaction and may raise ``Unavailable``."""

    async def put(self, role: str, permissions: frozenset[str]) -> None:
        """Give a role exactly these, and make it where there is none."""
        ...

    async def remove(self, role: str) -> bool:
        """Remove a role; says whether there was one. Raises ``RoleInUse``."""
        ...

    async def assign(self, user_id: UserId, role: str, *, keep_one_of: str) -> User | None:
        """Give a user a role; None, and nothing done, for the last one of ``keep_one_of``.

        Raises ``UnknownRole``.
        """
        ...
