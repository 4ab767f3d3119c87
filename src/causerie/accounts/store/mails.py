"""The queue of letters and the tokens that they carry, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from typing_extensions import override

from causerie.accounts.model import NOTICE_SECONDS, MailKind, User, WaitingMail
from causerie.accounts.ports import MailQueue, ResetTokens
from causerie.accounts.store.rows import to_user
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Connection, Database, Queries, name_caller

_QUERIES = Queries.load("causerie.accounts")


async def put_notice(tx: Connection, user_id: UserId, *, at: datetime) -> None:
    """Let the user know of the new password, by a letter in the transaction that stores it."""
    expires_at = at + timedelta(seconds=NOTICE_SECONDS)
    about = [str(user_id)]
    await tx.execute(_QUERIES["put_mails"], MailKind.PASSWORD_CHANGED, about, at, expires_at)


class StoredMailQueue(MailQueue):
    """The port's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def put(
        self, kind: MailKind, about: str, *, at: datetime, expires_at: datetime, limit: int
    ) -> bool:
        async with self._database.transaction() as tx:
            if await tx.fetchval(_QUERIES["count_mails"], limit) >= limit:
                return False
            await tx.execute(_QUERIES["put_mails"], kind, [about], at, expires_at)
        return True

    @override
    async def take(self, *, at: datetime, lease: timedelta) -> WaitingMail | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["take_mail"], at, at + lease)
        if row is None:
            return None
        return WaitingMail(
            id=row["id"],
            kind=MailKind(row["kind"]),
            about=row["about"],
            expires_at=row["expires_at"],
            attempts=row["attempts"],
            nonce=row["nonce"].bytes,
        )

    @override
    async def spread(
        self, mail: WaitingMail, kind: MailKind, about: Sequence[str], *, at: datetime
    ) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(_QUERIES["put_mails"], kind, about, at, mail.expires_at)
            await tx.execute(_QUERIES["finish_mail"], mail.id, at)

    @override
    async def postpone(self, mail: WaitingMail, *, until: datetime) -> None:
        async with self._database.connection() as connection:
            await connection.execute(_QUERIES["postpone_mail"], mail.id, until)

    @override
    async def finish(self, mail: WaitingMail, *, at: datetime) -> None:
        async with self._database.connection() as connection:
            await connection.execute(_QUERIES["finish_mail"], mail.id, at)


class StoredResetTokens(ResetTokens):
    """The port's table; with a queue, the news of the change is put into it."""

    def __init__(self, database: Database, *, tells: bool) -> None:
        self._database = database
        self._tells = tells

    @override
    async def add(
        self,
        token: bytes,
        user_id: UserId,
        mail: WaitingMail,
        *,
        at: datetime,
        expires_at: datetime,
        limit: int,
    ) -> bool:
        async with self._database.connection() as connection:
            return bool(
                await connection.fetchval(
                    _QUERIES["add_reset_token"], token, user_id, expires_at, at, limit, mail.id
                )
            )

    @override
    async def find_user(self, token: bytes, *, at: datetime) -> User | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["user_of_reset_token"], token, at)
        return None if row is None else to_user(row)

    @override
    async def redeem(self, token: bytes, new: str, *, at: datetime) -> list[str] | None:
        async with self._database.transaction() as tx:
            # The letters before the tokens, as whoever writes one locks them.
            await tx.execute(_QUERIES["remove_reset_mails"], token, at, MailKind.RESET_LINK)
            user_id = await tx.fetchval(_QUERIES["spend_reset_token"], token, at)
            if user_id is None:
                return None
            await name_caller(tx)
            await tx.execute(_QUERIES["set_password"], user_id, new)
            await tx.execute(_QUERIES["clear_reset_tokens"], user_id)
            await tx.execute(_QUERIES["raise_epoch"], user_id, int(at.timestamp()))
            await tx.execute(_QUERIES["remove_tickets_of_user"], user_id)
            # Who had got in may have left a key behind.
            keys = await tx.fetch(_QUERIES["revoke_api_keys_of_user"], user_id, at)
            rows = await tx.fetch(_QUERIES["end_sessions_of_user"], user_id, at)
            if self._tells:
                await put_notice(tx, user_id, at=at)
        return [row["id"] for row in [*rows, *keys]]
