"""Users' e-mail addresses in PostgreSQL: encrypted, and found by a blind index."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from typing_extensions import override

from causerie.accounts.model import EncryptedBatch, User
from causerie.accounts.ports import DataKeyTable, Emails
from causerie.accounts.store.rows import to_user
from causerie.foundation.crypto import (
    CannotUnseal,
    FieldCipher,
    FieldKeyNotKnown,
    MasterKey,
    is_old_value,
    normal_email,
    place_of,
)
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Connection, Database, Queries

log = structlog.get_logger()

_QUERIES = Queries.load("causerie.accounts")
_TABLE, _COLUMN = "accounts.users", "email"
BATCH_ROWS = 500  # Some 20 ms of locks on rows that hardly anybody writes.


class StoredEmails(Emails):
    """The port's columns."""

    def __init__(
        self, database: Database, cipher: FieldCipher, keys: DataKeyTable, master: MasterKey
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._keys = keys
        self._master = master

    async def write(self, tx: Connection, addresses: Mapping[UserId, str]) -> None:
        """Encrypt addresses into rows that the same transaction has made."""
        if not addresses:
            return
        ids = sorted(addresses)
        await tx.execute(
            _QUERIES["seal_emails"],
            ids,
            [self._cipher.encrypt(addresses[i], place=_place(i)) for i in ids],
            [self._index(addresses[i]) for i in ids],
        )

    @override
    async def email_of(self, user_id: UserId) -> str | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["email_of"], user_id)
        if row is None or (row["email"] is None and row["email_sealed"] is None):
            return None
        try:
            return self._open(user_id, row["email_sealed"], row["email"])
        except FieldKeyNotKnown:
            await self._keys.load()  # Another node, or an operator, has made a newer one.
            return self._open(user_id, row["email_sealed"], row["email"])

    @override
    async def find_by_email(self, address: str) -> list[User]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["find_by_email"], self._index(address), address.strip()
            )
        return [to_user(row) for row in rows]

    @override
    async def replace(self, user_id: UserId, address: str | None) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(_QUERIES["clear_email"], user_id)
            if address is not None:
                await self.write(tx, {user_id: address})

    @override
    async def encrypt_batch(self, after: UserId) -> EncryptedBatch | None:
        # Other nodes may know a newer key; under an older one this would never end.
        await self._keys.load()
        found: dict[UserId, str] = {}
        unreadable: list[UserId] = []
        async with self._database.transaction() as tx:
            rows = await tx.fetch(
                _QUERIES["emails_to_encrypt"], after, BATCH_ROWS, self._cipher.current_head
            )
            for row in rows:
                user_id = UserId(row["id"])
                try:
                    found[user_id] = self._open(user_id, row["email_sealed"], row["email"])
                except CannotUnseal as error:
                    log.error("personal_data_unreadable", user_id=user_id, reason=str(error))  # noqa: TRY400 - the reason says it all
                    unreadable.append(user_id)
            await self.write(tx, found)
        if not rows:
            return None
        return EncryptedBatch(UserId(rows[-1]["id"]), len(found), tuple(unreadable))

    def _open(self, user_id: UserId, sealed: bytes | None, plain: str | None) -> str:
        if sealed is not None:
            return self._cipher.decrypt(sealed, place=_place(user_id))
        # The constraint of the query: of the two, one is there.
        plain = plain or ""
        return self._master.decrypt_old(plain) if is_old_value(plain) else plain

    def _index(self, address: str) -> bytes:
        return self._cipher.blind_index(normal_email(address), column=f"{_TABLE}.{_COLUMN}")


def _place(user_id: UserId) -> str:
    return place_of(_TABLE, _COLUMN, user_id)
