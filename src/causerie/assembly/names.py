"""Messages ask for usernames; accounts keep them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from typing_extensions import override

from causerie.accounts import UserDirectory
from causerie.foundation.identity import UserId
from causerie.messages import Names


class UsersNames(Names):
    """The port of messages, before the directory of accounts."""

    def __init__(self, directory: UserDirectory) -> None:
        self._directory = directory

    @override
    async def names_of(self, ids: Collection[UserId]) -> Mapping[UserId, str]:
        users = await self._directory.get_many(ids)
        return {user_id: user.username for user_id, user in users.items()}
