"""Where the trust in users is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from causerie.foundation.identity import Trust, UserId


class TrustTable(Protocol):
    """The column of trust. Every method may raise ``Unavailable``."""

    async def revision(self) -> int:
        """A number that grows with each change, in whichever process."""
        ...

    async def levels(self, *, limit: int) -> Mapping[UserId, Trust]:
        """Those who are other than normal, the youngest accounts where there are too many."""
        ...
