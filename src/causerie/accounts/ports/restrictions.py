"""What the restrictions of users need: their table."""

from __future__ import annotations

from typing import Protocol

from causerie.accounts.model import Restriction


class RestrictionTable(Protocol):
    """The table of who is muted or banned. Every method may raise ``Unavailable``."""

    async def in_force(self, *, limit: int) -> list[Restriction]:
        """Give those that have not ended, the latest changes first."""
        ...

    async def newest_version(self) -> int:
        """Give the version of the latest change, 0 where there was none."""
        ...

    async def changed_since(self, version: int, *, limit: int) -> list[Restriction]:
        """Give what has a higher version, in its order."""
        ...

    async def remove_ended(self) -> int:
        """Remove what ended, or was lifted, some time ago; gives how many rows went."""
        ...
