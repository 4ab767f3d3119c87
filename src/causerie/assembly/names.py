"""Messages ask for usernames, and for who acts when nobody is there; accounts keep both."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from typing_extensions import override

from causerie.accounts import AccountService, UserDirectory
from causerie.foundation.errors import NotFound
from causerie.foundation.identity import Principal, UserId
from causerie.messages import Names, Senders


class UsersNames(Names):
    """The port of messages, before the directory of accounts."""

    def __init__(self, directory: UserDirectory) -> None:
        self._directory = directory

    @override
    async def names_of(self, ids: Collection[UserId]) -> Mapping[UserId, str]:
        users = await self._directory.get_many(ids)
        return {user_id: user.username for user_id, user in users.items()}

    @override
    async def ids_of(self, names: Collection[str]) -> Sequence[UserId]:
        found = [await self._directory.find_by_username(name) for name in names]
        return [user.id for user in found if user is not None]


class UsersSenders(Senders):
    """The port of messages: users who asked before for what is done now."""

    def __init__(self, accounts: AccountService) -> None:
        self._accounts = accounts

    @override
    async def find(self, user_id: UserId) -> Principal | None:
        try:
            user = await self._accounts.directory.get(user_id)
        except NotFound:
            return None
        unproven = Principal(user.id, user.username, user.role, "", "", frozenset())
        return self._accounts.renewed(unproven)
