"""Roles in PostgreSQL, changed."""

from __future__ import annotations

from typing_extensions import override

from causerie.accounts.errors import RoleInUse, UnknownRole
from causerie.accounts.model import User
from causerie.accounts.ports import RoleTable
from causerie.accounts.store.rows import to_user
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database, ForeignKeyViolation, Queries, name_caller

_QUERIES = Queries.load("causerie.accounts")


class StoredRoles(RoleTable):
    """The port's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def put(self, role: str, permissions: frozenset[str]) -> None:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            await tx.execute(_QUERIES["make_role"], role)
            await tx.fetchval(_QUERIES["lock_role"], role)
            await tx.execute(_QUERIES["take_permissions"], role, sorted(permissions))
            await tx.execute(_QUERIES["add_permissions"], role, sorted(permissions))

    @override
    async def remove(self, role: str) -> bool:
        try:
            async with self._database.transaction() as tx:
                await name_caller(tx)
                return bool(await tx.fetchval(_QUERIES["remove_role"], role))
        except ForeignKeyViolation as error:
            raise RoleInUse from error

    @override
    async def assign(self, user_id: UserId, role: str, *, keep_one_of: str) -> User | None:
        try:
            async with self._database.transaction() as tx:
                await name_caller(tx)
                # Of two admins who dismiss one another at once, the second one finds herself last.
                await tx.execute(_QUERIES["lock_role_for_count"], keep_one_of)
                row = await tx.fetchrow(_QUERIES["assign_role"], user_id, role, keep_one_of)
        except ForeignKeyViolation as error:
            raise UnknownRole(role) from error
        return None if row is None else to_user(row)
