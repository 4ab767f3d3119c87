"""Profiles in PostgreSQL: a column of the users' table."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from typing_extensions import override

from causerie.accounts.model import NO_PROFILE, User, Wanted, read_profile
from causerie.accounts.ports import ProfileTable
from causerie.accounts.store.rows import to_user
from causerie.foundation.errors import NotFound
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import (
    Database,
    Queries,
    claim,
    fingerprint,
    name_caller,
    settle,
)

_QUERIES = Queries.load("causerie.accounts")


class StoredProfiles(ProfileTable):
    """The port's column."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def change(
        self, user_id: UserId, wanted: Wanted, *, key: str | None
    ) -> tuple[User, bool]:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            if key is not None:
                known = await claim(
                    tx,
                    user_id=user_id,
                    key=key,
                    operation="set_profile",
                    fingerprint=fingerprint(wanted),
                )
                if known is not None:
                    (now,) = await tx.fetch(_QUERIES["get_users"], [user_id])
                    return to_user(now), False
                await settle(tx, user_id=user_id, key=key, result=user_id)
            before = await tx.fetchrow(_QUERIES["lock_profile"], user_id)
            if before is None:
                raise NotFound("user")
            profile = wanted.status_after(read_profile(before["profile"]))
            name = wanted.display_name
            row = await tx.fetchrow(
                _QUERIES["set_profile"],
                user_id,
                before["display_name"] if name is msgspec.UNSET else name,
                None if profile == NO_PROFILE else msgspec.json.encode(profile).decode(),
            )
        if row is None:
            raise NotFound("user")
        return to_user(row), True

    @override
    async def end_statuses(self, until: str, *, limit: int) -> Sequence[UserId]:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            rows = await tx.fetch(_QUERIES["end_statuses"], until, limit)
        return [UserId(row["id"]) for row in rows]
