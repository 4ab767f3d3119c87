"""What changing a password and looking after sessions need of the tables."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from causerie.accounts.model import Device
from causerie.foundation.identity import UserId


class PasswordBook(Protocol):
    """Replaces passwords. Every method is one transaction and may raise ``Unavailable``."""

    async def replace(
        self, user_id: UserId, new: str, *, keep_session: str, at: datetime
    ) -> list[str]:
        """Put a hash in place and end all sessions but one; gives the ids of those that ended."""
        ...


class Devices(Protocol):
    """The table of sessions, as their user sees it. Every method may raise ``Unavailable``."""

    async def list_live(self, user_id: UserId, *, at: datetime) -> list[Device]:
        """Give the open sessions, the latest heard first, some hundreds at most."""
        ...

    async def end_other(self, user_id: UserId, keep_session: str, *, at: datetime) -> list[str]:
        """End all sessions but one; gives the ids of those that were open."""
        ...

    async def end_own(self, user_id: UserId, session: str, *, at: datetime) -> bool:
        """End a session of the user's; says whether there was an open one."""
        ...

    async def note_active(
        self, sessions: Collection[str], *, at: datetime, before: datetime
    ) -> None:
        """Take note that these were heard at this time, where the last note is older than that."""
        ...
