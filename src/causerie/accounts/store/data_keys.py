"""The keys of encrypted fields in PostgreSQL, sealed under the master key; all nodes have the same."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import structlog
from typing_extensions import override

from causerie.accounts.ports import DataKeyTable
from causerie.foundation.crypto import (
    DATA_KEY_BYTES,
    MAX_DATA_KEY_ID,
    DataKeys,
    FieldCipher,
    MasterKey,
)
from causerie.foundation.postgres import Connection, Database, Queries, Record

log = structlog.get_logger()

_QUERIES = Queries.load("causerie.accounts")
_FIELD, _INDEX = "field", "index"


class StoredDataKeys(DataKeyTable):
    """The port over the table; keeps one cipher true."""

    def __init__(self, database: Database, master: MasterKey, cipher: FieldCipher) -> None:
        self._database = database
        self._master = master
        self._cipher = cipher

    @override
    async def load(self) -> None:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["data_keys"])
        self._cipher.learn(_keys(rows, self._master))

    @override
    async def rotate(self) -> int:
        async with self._database.transaction() as tx:
            await tx.execute(_QUERIES["lock_data_keys"])
            made = await _make(tx, self._master, _FIELD)
        await self.load()
        log.warning("data_key_rotated", key_id=made)
        return made


async def open_data_keys(database: Database, master: MasterKey) -> FieldCipher:
    """Read the keys, and make them where there are none. Raises ``CannotUnseal``, ``Unavailable``."""
    async with database.transaction() as tx:
        await tx.execute(_QUERIES["lock_data_keys"])
        there = {row["purpose"] for row in await tx.fetch(_QUERIES["data_keys"])}
        for purpose in (_FIELD, _INDEX):
            if purpose not in there:
                await _make(tx, master, purpose)
        rows = await tx.fetch(_QUERIES["data_keys"])
    return FieldCipher(_keys(rows, master))


async def _make(tx: Connection, master: MasterKey, purpose: str) -> int:
    key_id = 1 + secrets.randbelow(MAX_DATA_KEY_ID)
    sealed = master.seal(secrets.token_bytes(DATA_KEY_BYTES), place=_place(key_id))
    await tx.execute(_QUERIES["add_data_key"], key_id, purpose, sealed)
    log.info("data_key_made", key_id=key_id, purpose=purpose)
    return key_id


def _keys(rows: Sequence[Record], master: MasterKey) -> DataKeys:
    """Open the rows, the newest of which comes first."""
    keys = {
        row["key_id"]: master.unseal(row["sealed"], place=_place(row["key_id"])) for row in rows
    }
    ids = {
        purpose: [r["key_id"] for r in rows if r["purpose"] == purpose]
        for purpose in (_FIELD, _INDEX)
    }
    return DataKeys(
        by_id={key_id: keys[key_id] for key_id in ids[_FIELD]},
        current=ids[_FIELD][0],
        index=keys[ids[_INDEX][0]],
    )


def _place(key_id: int) -> str:
    return f"accounts.data_keys.sealed:{key_id}"
