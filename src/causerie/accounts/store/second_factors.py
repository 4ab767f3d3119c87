"""Authenticators, backup codes and counts of guesses in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from typing_extensions import override

from causerie.accounts.model import Enrolment
from causerie.accounts.ports import SecondFactors
from causerie.foundation.crypto import MasterKey
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database, Queries, name_caller

_QUERIES = Queries.load("causerie.accounts")
MAX_FORGOTTEN_AT_ONCE = 5_000  # As with what else expires: some 50 ms of locks.


class StoredSecondFactors(SecondFactors):
    """The port's tables; secrets are sealed on their way in and opened on their way out."""

    def __init__(self, database: Database, master: MasterKey) -> None:
        self._database = database
        self._master = master

    @override
    async def propose(self, user_id: UserId, secret: str, *, at: datetime) -> bool:
        sealed = self._master.seal(secret.encode(), place=_place(user_id))
        async with self._database.connection() as connection:
            return bool(
                await connection.fetchval(_QUERIES["propose_authenticator"], user_id, sealed, at)
            )

    @override
    async def find(self, user_id: UserId) -> Enrolment | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["find_authenticator"], user_id)
        if row is None:
            return None
        secret = self._master.unseal(row["sealed"], place=_place(user_id)).decode()
        return Enrolment(user_id, secret, row["created_at"], row["confirmed_at"])

    @override
    async def confirm(
        self, enrolment: Enrolment, *, step: int, backup_hashes: Sequence[bytes], at: datetime
    ) -> bool:
        user_id = enrolment.user_id
        async with self._database.transaction() as tx:
            await name_caller(tx)
            if not await tx.fetchval(
                _QUERIES["confirm_authenticator"], user_id, enrolment.created_at, at
            ):
                return False
            await tx.execute(_QUERIES["spend_step"], user_id, step)
            await tx.execute(_QUERIES["clear_backup_codes"], user_id)
            await tx.execute(_QUERIES["add_backup_codes"], user_id, backup_hashes)
        return True

    @override
    async def take_step(self, user_id: UserId, step: int) -> bool:
        async with self._database.connection() as connection:
            return bool(await connection.fetchval(_QUERIES["spend_step"], user_id, step))

    @override
    async def take_backup_code(self, user_id: UserId, code: bytes) -> bool:
        async with self._database.connection() as connection:
            return bool(await connection.fetchval(_QUERIES["spend_backup_code"], user_id, code))

    @override
    async def replace_backup_codes(self, user_id: UserId, hashes: Sequence[bytes]) -> bool:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            # The lock: of two at once, the later one's codes are the ones that are left.
            if not await tx.fetchval(_QUERIES["lock_authenticator"], user_id):
                return False
            await tx.execute(_QUERIES["clear_backup_codes"], user_id)
            await tx.execute(_QUERIES["add_backup_codes"], user_id, hashes)
        return True

    @override
    async def count_backup_codes(self, user_id: UserId) -> int:
        async with self._database.connection() as connection:
            return int(await connection.fetchval(_QUERIES["count_backup_codes"], user_id))

    @override
    async def remove(self, user_id: UserId) -> bool:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            was_on = bool(await tx.fetchval(_QUERIES["remove_authenticator"], user_id))
            await tx.execute(_QUERIES["clear_backup_codes"], user_id)
        return was_on

    @override
    async def forget_steps(self, *, before: int) -> int:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["forget_steps"], before, MAX_FORGOTTEN_AT_ONCE)
        return len(rows)


def _place(user_id: UserId) -> str:
    return f"accounts.authenticators.sealed:{user_id}"
