"""Preferences and drafts in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from typing_extensions import override

from causerie.conversations import Kind
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import (
    Connection,
    Database,
    Queries,
    Record,
    claim,
    fingerprint,
    settle,
)
from causerie.receipts.errors import TooManyDrafts
from causerie.receipts.events import DraftSet, PreferenceSet
from causerie.receipts.model.drafts import Draft, DraftPlace
from causerie.receipts.model.preferences import (
    A_TIME_ZONE,
    READ_RECEIPTS,
    TIME_ZONE,
    Preference,
    Value,
    default_of,
)
from causerie.receipts.ports import DraftStore, PreferenceStore

_QUERIES = Queries.load("causerie.receipts")


class PostgresPreferences(PreferenceStore):
    """A row a key that is not as by default, or was set to be so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def all(self, user_id: UserId) -> Mapping[str, Preference]:
        async with self._database.reading_as(user_id) as connection:
            rows = await connection.fetch(_QUERIES["preferences"], user_id)
        return {row["key"]: _preference(row) for row in rows}

    @override
    async def set(
        self, user_id: UserId, key: str, value: Value | None, *, idempotency_key: str | None
    ) -> Preference | None:
        async with self._database.transaction() as tx:
            asked = ("set_preference", fingerprint(key, value))
            if idempotency_key is not None and not await _is_fresh(
                tx, user_id, idempotency_key, *asked
            ):
                return None
            written = default_of(key).value if value is None else value
            if key == TIME_ZONE and not await tx.fetchval(_QUERIES["is_time_zone"], written):
                raise Invalid("value", f"Must be {A_TIME_ZONE}")
            (row,) = await tx.fetch(
                _QUERIES["set_preference"], user_id, key, msgspec.json.encode(written).decode()
            )
            if key == READ_RECEIPTS:
                await tx.execute(_QUERIES["set_discreet"], user_id, written is False)
            if idempotency_key is not None:
                await settle(tx, user_id=user_id, key=idempotency_key, result=user_id)
        return Preference(key, written, row["updated_at"])

    @override
    async def since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[PreferenceSet]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["preferences_since"], users, seconds)
        return [PreferenceSet(row["user_id"], _preference(row)) for row in rows]


class PostgresDrafts(DraftStore):
    """A row a place, kept for some days where the draft is gone: an older device may still come."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def all(self, user_id: UserId) -> Sequence[Draft]:
        async with self._database.reading_as(user_id) as connection:
            rows = await connection.fetch(_QUERIES["drafts"], user_id)
        return [_draft(row) for row in rows]

    @override
    async def find(self, user_id: UserId, place: DraftPlace) -> Draft | None:
        async with self._database.reading_as(user_id) as connection:
            row = await connection.fetchrow(
                _QUERIES["draft"], user_id, place.conversation_id, place.root_id
            )
        return None if row is None or not row["content"] else _draft(row)

    @override
    async def set(
        self, user_id: UserId, draft: Draft, *, key: str | None, limit: int
    ) -> tuple[Draft, bool]:
        place = draft.place
        where = (user_id, place.conversation_id, place.root_id)
        async with self._database.transaction() as tx:
            asked = ("set_draft", fingerprint(place, draft.content))
            is_fresh = key is None or await _is_fresh(tx, user_id, key, *asked)
            row = None
            if is_fresh:
                # The user's drafts one after the other: two devices together stay under the limit.
                await tx.execute(_QUERIES["hold_drafts"], user_id)
                await tx.execute(_QUERIES["forget_drafts"], user_id)
                row = await tx.fetchrow(
                    _QUERIES["set_draft"], *where, draft.content, draft.written_at, draft.kind
                )
                if await tx.fetchval(_QUERIES["count_drafts"], user_id, limit + 1) > limit:
                    raise TooManyDrafts(limit)
                if key is not None:
                    await settle(tx, user_id=user_id, key=key, result=place.conversation_id)
            if row is not None:
                return _draft(row), True
            there = await tx.fetchrow(_QUERIES["draft"], *where)
        return (draft if there is None else _draft(there)), False

    @override
    async def since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[DraftSet]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["drafts_since"], users, seconds)
        return [DraftSet(row["user_id"], _draft(row)) for row in rows]


async def _is_fresh(
    tx: Connection, user_id: UserId, key: str, operation: str, print_: bytes
) -> bool:
    known = await claim(tx, user_id=user_id, key=key, operation=operation, fingerprint=print_)
    return known is None


def _preference(row: Record) -> Preference:
    value = msgspec.json.decode(row["value"], type=bool | str)
    return Preference(row["key"], value, row["updated_at"])


def _draft(row: Record) -> Draft:
    place = DraftPlace(row["conversation_id"], row["root_id"])
    return Draft(Kind(row["kind"]), place, row["content"], row["written_at"])
