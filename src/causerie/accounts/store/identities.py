"""Whom the subjects of outside issuers stand for, in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import override

from causerie.accounts.errors import UsernameTaken
from causerie.accounts.model import NewUser, User
from causerie.accounts.ports import Identities
from causerie.accounts.store.rows import to_user
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database, Queries, UniqueViolation, name_caller

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
    async def link(self, issuer: str, subject: str, user_id: UserId, *, at: datetime) -> None:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            await tx.execute(_QUERIES["link_identity"], issuer, subject, user_id, at)
