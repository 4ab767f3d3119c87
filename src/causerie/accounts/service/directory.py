"""Who is behind an id: users as others see them, from a bounded cache."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from causerie.accounts.events import ProfileChanged, UserChanged
from causerie.accounts.model import User, is_username
from causerie.accounts.ports import Users
from causerie.foundation.errors import NotFound
from causerie.foundation.events import Unheard
from causerie.foundation.identity import UserId

# The people of a busy day; at some 500 bytes each, 5 MB at most.
MAX_CACHED_USERS = 10_000


class UserDirectory:
    """Looks users up by id or name; a change is seen at once where it is announced."""

    def __init__(self, users: Users, *, max_cached: int = MAX_CACHED_USERS) -> None:
        self._users = users
        self._max_cached = max_cached
        self._cache: OrderedDict[UserId, User] = OrderedDict()
        self._changes = 0

    def peek(self, user_id: UserId) -> User | None:
        """Give a user from memory only; None says nothing about whether there is one."""
        return self._cache.get(user_id)

    async def get(self, user_id: UserId) -> User:
        """Give a user. Raises ``NotFound``."""
        found = await self.get_many([user_id])
        try:
            return found[user_id]
        except KeyError:
            raise NotFound("user") from None

    async def get_many(self, ids: Iterable[UserId]) -> dict[UserId, User]:
        """Give those of the users that exist, in one question to the database at most."""
        found: dict[UserId, User] = {}
        missing: set[UserId] = set()
        for user_id in ids:
            user = self._cache.get(user_id)
            if user is None:
                missing.add(user_id)
            else:
                self._cache.move_to_end(user_id)
                found[user_id] = user
        if missing:
            changes = self._changes
            for user in await self._users.get_many(sorted(missing)):
                found[user.id] = user
                # What was read while something changed may be the state before the change.
                if changes == self._changes:
                    self._keep(user)
        return found

    async def find_by_username(self, username: str) -> User | None:
        """Find a user by the name in any case."""
        if not is_username(username):
            return None
        return next(iter(await self._users.find_many_by_username([username])), None)

    def forget(self, event: UserChanged | ProfileChanged) -> None:
        """Read a user anew the next time."""
        self._changes += 1
        self._cache.pop(event.user_id, None)

    def forget_all(self, event: Unheard) -> None:
        """Read everybody anew; while it lasts, a name is no older than when it began."""
        if not event.is_ongoing:
            self._changes += 1
            self._cache.clear()

    def _keep(self, user: User) -> None:
        self._cache[user.id] = user
        self._cache.move_to_end(user.id)
        while len(self._cache) > self._max_cached:
            self._cache.popitem(last=False)
