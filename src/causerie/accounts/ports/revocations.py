"""What was taken back, in the order in which it can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from causerie.accounts.model import Revocation


class RevocationTable(Protocol):
    """The table of what every process must know. Every method may raise ``Unavailable``."""

    async def horizon(self) -> str:
        """Give the place from which to read so that nothing committed after this is missed."""
        ...

    async def since(self, horizon: str, *, limit: int) -> Sequence[Revocation]:
        """Give what was not committed when that place was asked for; some of it may be older."""
        ...

    async def remove_old(self) -> int:
        """Remove what every process has seen long ago; gives how many rows went."""
        ...
