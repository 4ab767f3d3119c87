"""Whom the subjects of outside issuers stand for, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from typing_extensions import override

from causerie.accounts.errors import IdentitiesAreMany, LastWayIn, UsernameTaken
from causerie.accounts.model import MAX_IDENTITIES, Identity, NewUser, User
from causerie.accounts.ports import Identities
from causerie.accounts.store.rows import to_user
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database, Queries, Record, UniqueViolation, name_caller

_QUERIES = Queries.load("causerie.accounts")


class StoredIdentities(Identities):
    """The port's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def find(self, issuer: str, subject: str) -> User | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["find_identity"], issuer, subject)
        return None if row is None else to_user(row)

    @override
    async def add(self, issuer: str, subject: str, user: NewUser, *, at: datetime) -> User | None:
        try:
            async with self._database.transaction() as tx:
                await name_caller(tx)
                await tx.execute(_QUERIES["lock_identity"], issuer, subject)
                if await tx.fetchrow(_QUERIES["find_identity"], issuer, subject) is not None:
                    return None
                # Whoever comes by an outside issuer is not the server's admin for being the first.
                await tx.execute(_QUERIES["found"])
                row = await tx.fetchrow(
                    _QUERIES["add_user"],
                    user.username,
                    user.display_name,
                    user.password_hash,
                    user.role,
                    at,
                    False,  # noqa: FBT003 - the statement's last parameter: not only the founder
                )
                if row is None:
                    raise RuntimeError("an account was not made, and nothing forbade it")
                await tx.execute(_QUERIES["add_identity"], issuer, subject, row["id"], at)
        except UniqueViolation as error:
            raise UsernameTaken from error
        return to_user(row)

    @override
    async def link(
        self, issuer: str, subject: str, user_id: UserId, *, at: datetime
    ) -> tuple[Identity, bool] | None:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            await tx.execute(_QUERIES["hold_user"], user_id)
            known = await tx.fetch(_QUERIES["identities_of"], user_id)
            for row in known:
                if (row["issuer"], row["subject"]) == (issuer, subject):
                    return _identity(row), False
            if len(known) >= MAX_IDENTITIES:
                raise IdentitiesAreMany
            made = await tx.fetchrow(_QUERIES["link_identity"], issuer, subject, user_id, at)
        return None if made is None else (_identity(made), True)

    @override
    async def list_of(self, user_id: UserId) -> Sequence[Identity]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["identities_of"], user_id)
        return [_identity(row) for row in rows]

    @override
    async def remove(self, user_id: UserId, identity_id: int) -> bool:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            # Of two ways in that go at once the later one sees that it is the last.
            await tx.execute(_QUERIES["hold_user"], user_id)
            if not await tx.fetchval(_QUERIES["remove_identity"], user_id, identity_id):
                return False
            if not await tx.fetchval(_QUERIES["has_way_in"], user_id):
                raise LastWayIn
        return True


def _identity(row: Record) -> Identity:
    return Identity(row["id"], row["issuer"], row["subject"], row["created_at"])
