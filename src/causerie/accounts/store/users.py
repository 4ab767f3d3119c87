"""Users and roles in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from typing_extensions import override

from causerie.accounts.errors import UnknownRole, UsernameTaken
from causerie.accounts.model import Credentials, NewUser, User
from causerie.accounts.ports import Users
from causerie.accounts.store.emails import StoredEmails
from causerie.accounts.store.rows import to_user
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import (
    Database,
    ForeignKeyViolation,
    Queries,
    Record,
    UniqueViolation,
    name_caller,
)

_QUERIES = Queries.load("causerie.accounts")


class StoredUsers(Users):
    """The port's tables."""

    def __init__(self, database: Database, emails: StoredEmails) -> None:
        self._database = database
        self._emails = emails

    @override
    async def is_founded(self) -> bool:
        async with self._database.connection() as connection:
            return bool(await connection.fetchval(_QUERIES["is_founded"]))

    @override
    async def add_user(
        self, user: NewUser, *, at: datetime, only_founder: bool, invitation: bytes | None = None
    ) -> User | None:
        try:
            async with self._database.transaction() as tx:
                await name_caller(tx)
                is_invited = invitation is not None and await tx.fetchval(
                    _QUERIES["spend_invitation"], invitation, at
                )
                row = await tx.fetchrow(
                    _QUERIES["add_user"],
                    user.username,
                    user.display_name,
                    user.password_hash,
                    user.role,
                    at,
                    only_founder and not is_invited,
                )
                if row is not None and user.email is not None:
                    # Afterwards: what is encrypted is bound to the row's id.
                    await self._emails.write(tx, {row["id"]: user.email})
        except UniqueViolation as error:
            raise UsernameTaken from error
        return None if row is None else to_user(row)

    @override
    async def add_users(self, users: Sequence[NewUser], *, at: datetime) -> frozenset[str]:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            await tx.execute(_QUERIES["found"])
            rows = await tx.fetch(
                _QUERIES["add_users"],
                [user.username for user in users],
                [user.display_name for user in users],
                [user.password_hash for user in users],
                [user.role for user in users],
                at,
            )
            emails = {user.username: user.email for user in users if user.email is not None}
            added = {row["username"]: UserId(row["id"]) for row in rows}
            await self._emails.write(
                tx, {added[name]: email for name, email in emails.items() if name in added}
            )
        return frozenset(row["username"] for row in rows)

    @override
    async def find_many_by_username(self, usernames: Sequence[str]) -> list[User]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["find_by_usernames"], [username.lower() for username in usernames]
            )
        return [to_user(row) for row in rows]

    @override
    async def find_credentials(self, username: str) -> Credentials | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["find_credentials"], username.lower())
        return None if row is None else _to_credentials(row)

    @override
    async def get_credentials(self, user_id: UserId) -> Credentials | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["get_credentials"], user_id)
        return None if row is None else _to_credentials(row)

    @override
    async def get_many(self, ids: Sequence[UserId]) -> list[User]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["get_users"], ids)
        return [to_user(row) for row in rows]

    @override
    async def replace_hash(self, user_id: UserId, *, old: str, new: str) -> None:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            await tx.execute(_QUERIES["replace_hash"], user_id, old, new)

    @override
    async def has_old_hashes(self) -> bool:
        async with self._database.connection() as connection:
            return bool(await connection.fetchval(_QUERIES["has_old_hashes"]))

    @override
    async def change_role(self, username: str, role: str) -> User | None:
        try:
            async with self._database.transaction() as tx:
                await name_caller(tx)
                row = await tx.fetchrow(_QUERIES["change_role"], username.lower(), role)
        except ForeignKeyViolation as error:
            raise UnknownRole(role) from error
        return None if row is None else to_user(row)

    @override
    async def permissions_by_role(self) -> Mapping[str, frozenset[str]]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["permissions_by_role"])
        return {row["role"]: frozenset(row["permissions"]) for row in rows}

    @override
    async def replace_permissions(self, role: str, permissions: frozenset[str]) -> bool:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            if not await tx.fetchval(_QUERIES["lock_role"], role):
                return False
            await tx.execute(_QUERIES["take_permissions"], role, sorted(permissions))
            await tx.execute(_QUERIES["add_permissions"], role, sorted(permissions))
        return True


def _to_credentials(row: Record) -> Credentials:
    return Credentials(
        to_user(row), row["password_hash"], has_second_factor=row["has_second_factor"]
    )
