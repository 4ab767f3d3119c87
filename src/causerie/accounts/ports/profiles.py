"""Where profiles are kept, and who looks at their words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from causerie.accounts.model import User, Wanted
from causerie.foundation.identity import UserId


class ProfileTable(Protocol):
    """What people say about themselves. Raises ``Unavailable``."""

    async def change(
        self, user_id: UserId, wanted: Wanted, *, key: str | None
    ) -> tuple[User, bool]:
        """Change a profile, once per key; gives the user, and whether this call changed it.

        Raises ``Conflict``, ``Invalid``.
        """
        ...

    async def end_statuses(self, until: str, *, limit: int) -> Sequence[UserId]:
        """Take away the statuses that end up to ``until`` (RFC 3339, UTC); gives whose."""
        ...


class Wording(Protocol):
    """Looks at the words that everybody sees."""

    def require_acceptable(self, author: UserId, text: str) -> None:
        """Raise a ``Refusal`` where the text must not be shown."""
        ...
