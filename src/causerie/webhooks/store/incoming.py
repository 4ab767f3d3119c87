"""The secret addresses that messages come in by."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import override

from causerie.foundation.crypto import MasterKey
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.postgres import Database, has_key, settle
from causerie.webhooks.model import Incoming, Place, hash_of
from causerie.webhooks.ports import IncomingHooks, Once
from causerie.webhooks.store.rows import QUERIES, replayed, to_incoming, token_place


class StoredIncoming(IncomingHooks):
    """The port's table."""

    def __init__(self, database: Database, master: MasterKey) -> None:
        self._database = database
        self._master = master

    @override
    async def find_made(self, once: Once) -> int | None:
        if once.key is None:
            return None
        async with self._database.transaction() as tx:
            is_known = await has_key(tx, user_id=once.user_id, key=once.key)
            return await replayed(tx, once) if is_known else None

    @override
    async def add(
        self, place: Place, bot: UserId, name: str, token: str, once: Once, *, at: datetime
    ) -> int:
        async with self._database.transaction() as tx:
            first = await replayed(tx, once)
            if first is not None:
                return first
            made = await tx.fetchval(
                QUERIES["add_incoming"],
                place.id,
                place.name,
                bot,
                name,
                hash_of(token),
                once.user_id,
                at,
            )
            sealed = self._master.seal(token.encode(), place=token_place(made))
            await tx.execute(QUERIES["set_token"], made, sealed)
            if once.key is not None:
                await settle(tx, user_id=once.user_id, key=once.key, result=made)
        return int(made)

    @override
    async def find(self, hook_id: int) -> Incoming | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["get_incoming"], hook_id)
        return None if row is None else to_incoming(row, self._master)

    @override
    async def find_by_token(self, token: str) -> Incoming | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["find_incoming"], hash_of(token))
        return None if row is None else to_incoming(row, self._master)

    @override
    async def list(self, conversation_id: ConversationId) -> list[Incoming]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["incoming"], conversation_id)
        return [to_incoming(row, self._master) for row in rows]

    @override
    async def count(self, conversation_id: ConversationId) -> int:
        async with self._database.connection() as connection:
            return int(await connection.fetchval(QUERIES["count_incoming"], conversation_id))

    @override
    async def used(self, hook_id: int, *, at: datetime) -> None:
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["note_incoming"], hook_id, at)

    @override
    async def revoke(self, hook_id: int, once: Once, *, at: datetime) -> None:
        async with self._database.transaction() as tx:
            if await replayed(tx, once) is not None:
                return
            await tx.execute(QUERIES["revoke_incoming"], hook_id, at)
            if once.key is not None:
                await settle(tx, user_id=once.user_id, key=once.key, result=hook_id)
