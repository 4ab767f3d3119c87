"""Mutes and bans, as moderation sets them: by the function of accounts' tables, told after it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from causerie.accounts import Notice, Restriction
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database


async def restrict(
    database: Database,
    user_id: int,
    *,
    muted_until: datetime | None = None,
    banned_until: datetime | None = None,
    notice: Notice | None = None,
) -> Restriction:
    """Commit a change, as another process would: nobody here has been told of it."""
    notice = notice or Notice(kind="ban" if banned_until else "mute")
    async with database.transaction() as tx:
        version = await tx.fetchval(
            "SELECT accounts.restrict($1, $2, $3, $4)",
            user_id,
            muted_until,
            banned_until,
            msgspec.json.encode(notice).decode(),
        )
    return Restriction(UserId(user_id), muted_until, banned_until, notice, version)
