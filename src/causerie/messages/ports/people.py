"""Who people are, for what they say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from causerie.foundation.identity import Principal, UserId


class Names(Protocol):
    """Who a message is from, for its readers."""

    async def names_of(self, ids: Collection[UserId]) -> Mapping[UserId, str]:
        """The usernames of these users; each has one, also one who has gone."""
        ...

    async def ids_of(self, names: Collection[str]) -> Sequence[UserId]:
        """Those of these names, in any case, that are users'."""
        ...


class Senders(Protocol):
    """Who acts when nobody has shown credentials: for what a user asked for before."""

    async def find(self, user_id: UserId) -> Principal | None:
        """The user with what their role may do now; None for one who is gone."""
        ...
