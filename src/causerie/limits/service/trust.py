"""Whose trust is other than normal, in memory: what scales the limits of a user."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from causerie.foundation.identity import Trust, UserId

MAX_KNOWN_USERS = 200_000  # Some 100 bytes each; those who act now, and not all there are.


class TrustBook:
    """Filled from above: whoever reads a user notes the trust, and whoever changes it does so too."""

    def __init__(self, max_users: int = MAX_KNOWN_USERS) -> None:
        self._max_users = max_users
        self._levels: dict[UserId, Trust] = {}

    @property
    def levels(self) -> Mapping[UserId, Trust]:
        """Those who are other than normal; a view that stays true."""
        return MappingProxyType(self._levels)

    def of(self, user_id: UserId) -> Trust:
        """Give a user's trust; normal where nothing else is known."""
        return self._levels.get(user_id, Trust.NORMAL)

    def note(self, user_id: UserId, trust: Trust) -> None:
        """Take note of a user's trust; limits follow with the next thing that the user does."""
        # Taken out and put in again: the longest unseen is the one to go.
        self._levels.pop(user_id, None)
        if trust is Trust.NORMAL:
            return
        if len(self._levels) >= self._max_users:
            del self._levels[next(iter(self._levels))]
        self._levels[user_id] = trust

    def replace(self, levels: Mapping[UserId, Trust]) -> None:
        """Know exactly these, of whom nobody is normal."""
        self._levels.clear()
        self._levels.update(levels)
