"""API keys and bots in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import override

from causerie.accounts.errors import UsernameTaken
from causerie.accounts.model import ApiKey, KeyStanding, NewApiKey, User
from causerie.accounts.ports import ApiKeyTable
from causerie.accounts.store.rows import to_user
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database, Queries, Record, UniqueViolation, name_caller

_QUERIES = Queries.load("causerie.accounts")


class StoredApiKeys(ApiKeyTable):
    """The port's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def add(self, key: NewApiKey, *, limit: int) -> ApiKey | None:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            row = await tx.fetchrow(
                _QUERIES["add_api_key"],
                key.user_id,
                key.name,
                key.hint,
                key.key_hash,
                key.scopes,
                key.created_by,
                key.created_at,
                key.expires_at,
                limit,
            )
        return None if row is None else _to_key(row)

    @override
    async def list_live(self, user_id: UserId, *, at: datetime) -> list[ApiKey]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["live_api_keys"], user_id, at)
        return [_to_key(row) for row in rows]

    @override
    async def owner_of(self, key_id: int) -> UserId | None:
        async with self._database.connection() as connection:
            owner = await connection.fetchval(_QUERIES["owner_of_api_key"], key_id)
        return None if owner is None else UserId(owner)

    @override
    async def revoke(self, key_id: int, *, at: datetime) -> bool:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            return bool(await tx.fetchval(_QUERIES["revoke_api_key"], key_id, at))

    @override
    async def standing(self, key_hash: bytes, *, at: datetime) -> KeyStanding | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["standing_of_api_key"], key_hash, at)
        if row is None:
            return None
        return KeyStanding(
            id=row["id"],
            user_id=UserId(row["user_id"]),
            username=row["username"],
            role=row["role"],
            scopes=frozenset(row["scopes"]),
            expires_at=row["expires_at"],
            last_used_at=row["last_used_at"],
            banned_until=row["banned_until"],
        )

    @override
    async def touch(self, key_id: int, *, at: datetime) -> None:
        async with self._database.connection() as connection:
            await connection.execute(_QUERIES["touch_api_key"], key_id, at)

    @override
    async def is_bot(self, user_id: UserId) -> bool:
        async with self._database.connection() as connection:
            return bool(await connection.fetchval(_QUERIES["is_bot"], user_id))

    @override
    async def add_bot(self, username: str, display_name: str, role: str, *, at: datetime) -> User:
        try:
            async with self._database.transaction() as tx:
                await name_caller(tx)
                row = await tx.fetchrow(_QUERIES["add_bot"], username, display_name, role, at)
        except UniqueViolation as error:
            raise UsernameTaken from error
        if row is None:
            raise RuntimeError("an insert without a condition gave no row")
        return to_user(row)


def _to_key(row: Record) -> ApiKey:
    return ApiKey(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        name=row["name"],
        hint=row["hint"],
        scopes=tuple(row["scopes"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
    )
