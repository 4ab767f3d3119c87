"""Passkeys and their challenges in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import override

from causerie.accounts.errors import LastWayIn
from causerie.accounts.model import Passkey
from causerie.accounts.ports import PasskeyBook
from causerie.foundation.crypto import NewCredential
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database, Queries, Record, name_caller

_QUERIES = Queries.load("causerie.accounts")
MAX_FORGOTTEN_AT_ONCE = 5_000  # As with what else expires: some 50 ms of locks.


class StoredPasskeys(PasskeyBook):
    """The port's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def add_challenge(
        self, challenge: bytes, user_id: UserId | None, *, expires_at: datetime
    ) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                _QUERIES["add_passkey_challenge"], challenge, user_id, expires_at
            )

    @override
    async def take_challenge(
        self, challenge: bytes, user_id: UserId | None, *, at: datetime
    ) -> bool:
        async with self._database.connection() as connection:
            return bool(
                await connection.fetchval(
                    _QUERIES["take_passkey_challenge"], challenge, user_id, at
                )
            )

    @override
    async def add(
        self, user_id: UserId, new: NewCredential, *, name: str, limit: int, at: datetime
    ) -> Passkey | None:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            await tx.execute(_QUERIES["hold_user"], user_id)
            row = await tx.fetchrow(
                _QUERIES["add_passkey"],
                user_id,
                new.credential_id,
                new.public_key,
                new.sign_count,
                name,
                new.transports,
                new.is_backed_up,
                at,
                limit,
            )
        return None if row is None else _passkey(row)

    @override
    async def list_of(self, user_id: UserId) -> list[Passkey]:
        async with self._database.connection() as connection:
            return [_passkey(r) for r in await connection.fetch(_QUERIES["passkeys_of"], user_id)]

    @override
    async def find(self, credential_id: bytes) -> Passkey | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["find_passkey"], credential_id)
        return None if row is None else _passkey(row)

    @override
    async def note_use(self, passkey: Passkey, *, sign_count: int, at: datetime) -> bool:
        async with self._database.connection() as connection:
            return bool(
                await connection.fetchval(
                    _QUERIES["note_passkey_use"], passkey.id, passkey.sign_count, sign_count, at
                )
            )

    @override
    async def remove(self, user_id: UserId, passkey_id: int) -> bool:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            await tx.execute(_QUERIES["hold_user"], user_id)
            if not await tx.fetchval(_QUERIES["remove_passkey"], user_id, passkey_id):
                return False
            if not await tx.fetchval(_QUERIES["has_way_in"], user_id):
                raise LastWayIn
        return True

    @override
    async def forget_challenges(self, *, at: datetime) -> int:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["forget_passkey_challenges"], at, MAX_FORGOTTEN_AT_ONCE
            )
        return len(rows)


def _passkey(row: Record) -> Passkey:
    return Passkey(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        credential_id=row["credential_id"],
        public_key=row["public_key"],
        sign_count=row["sign_count"],
        name=row["name"],
        transports=tuple(row["transports"]),
        is_backed_up=row["is_backed_up"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
    )
