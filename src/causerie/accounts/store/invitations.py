"""Invitations in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import override

from causerie.accounts.model import Invitation, NewInvitation
from causerie.accounts.ports import InvitationTable
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database, Queries, Record, name_caller

_QUERIES = Queries.load("causerie.accounts")


class StoredInvitations(InvitationTable):
    """The port's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def add(self, new: NewInvitation, *, limit: int) -> Invitation | None:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            row = await tx.fetchrow(
                _QUERIES["add_invitation"],
                new.code_hash,
                new.note,
                new.max_uses,
                new.created_by,
                new.created_at,
                new.expires_at,
                limit,
            )
        return None if row is None else _to_invitation(row)

    @override
    async def is_good(self, code_hash: bytes, *, at: datetime) -> bool:
        async with self._database.connection() as connection:
            return bool(await connection.fetchval(_QUERIES["is_invitation_good"], code_hash, at))

    @override
    async def list_live(self, of: UserId | None, *, at: datetime) -> list[Invitation]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["live_invitations"], of, at)
        return [_to_invitation(row) for row in rows]

    @override
    async def revoke(self, invitation_id: int, of: UserId | None, *, at: datetime) -> bool:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            return bool(await tx.fetchval(_QUERIES["revoke_invitation"], invitation_id, of, at))

    @override
    async def remove_older(self, before: datetime) -> int:
        async with self._database.connection() as connection:
            return len(await connection.fetch(_QUERIES["remove_old_invitations"], before))


def _to_invitation(row: Record) -> Invitation:
    maker = row["created_by"]
    return Invitation(
        id=row["id"],
        note=row["note"],
        uses=row["uses"],
        max_uses=row["max_uses"],
        created_by=None if maker is None else UserId(maker),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
