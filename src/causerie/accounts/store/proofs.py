"""Passwords replaced, and sessions as their user sees them, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from typing_extensions import override

from causerie.accounts.model import MAX_DEVICES_LISTED, Device, name_of_device
from causerie.accounts.ports import Devices, PasswordBook
from causerie.accounts.store.mails import put_notice
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database, Queries, name_caller

_QUERIES = Queries.load("causerie.accounts")


class StoredPasswordBook(PasswordBook):
    """The port's tables; with a queue of letters, the news is put into it."""

    def __init__(self, database: Database, *, tells: bool) -> None:
        self._database = database
        self._tells = tells

    @override
    async def replace(
        self, user_id: UserId, new: str, *, keep_session: str, at: datetime
    ) -> list[str]:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            await tx.execute(_QUERIES["set_password"], user_id, new)
            await tx.execute(_QUERIES["remove_tickets_of_user"], user_id)
            await tx.execute(_QUERIES["clear_reset_tokens"], user_id)
            if self._tells:
                await put_notice(tx, user_id, at=at)
            rows = await tx.fetch(_QUERIES["end_other_sessions"], user_id, keep_session, at)
        return [row["id"] for row in rows]


class StoredDevices(Devices):
    """The port's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def list_live(self, user_id: UserId, *, at: datetime) -> list[Device]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["live_sessions"], user_id, at, MAX_DEVICES_LISTED
            )
        return [
            Device(
                session=row["id"],
                name=name_of_device(row["device_name"], row["user_agent"]),
                ip=row["ip"],
                created_at=row["created_at"],
                last_active_at=row["last_used_at"],
            )
            for row in rows
        ]

    @override
    async def end_other(self, user_id: UserId, keep_session: str, *, at: datetime) -> list[str]:
        async with self._database.transaction() as tx:
            await tx.execute(_QUERIES["remove_other_tickets"], user_id, keep_session)
            rows = await tx.fetch(_QUERIES["end_other_sessions"], user_id, keep_session, at)
        return [row["id"] for row in rows]

    @override
    async def end_own(self, user_id: UserId, session: str, *, at: datetime) -> bool:
        async with self._database.connection() as connection:
            return bool(
                await connection.fetchval(_QUERIES["end_own_session"], user_id, session, at)
            )

    @override
    async def note_active(
        self, sessions: Collection[str], *, at: datetime, before: datetime
    ) -> None:
        async with self._database.connection() as connection:
            await connection.execute(_QUERIES["note_active"], sorted(sessions), at, before)
