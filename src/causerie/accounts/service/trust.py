"""Keeps what limits know of the trust in users as the table has it."""

from __future__ import annotations

from causerie.accounts.ports import TrustTable
from causerie.limits import MAX_KNOWN_USERS, TrustBook


class TrustFollower:
    """Looks whether anybody's trust was changed, by whichever process, and tells the limits."""

    def __init__(self, table: TrustTable, book: TrustBook) -> None:
        self._table = table
        self._book = book
        self._seen = -1

    async def look(self) -> bool:
        """Say whether anything had changed. Raises ``Unavailable``."""
        # Before the rows: what is committed in between is read once more.
        revision = await self._table.revision()
        if revision == self._seen:
            return False
        self._book.replace(await self._table.levels(limit=MAX_KNOWN_USERS))
        self._seen = revision
        return True
