"""Reactions and pins in PostgreSQL. What may be done is decided under the locks, by its functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from typing_extensions import override

from causerie.foundation.errors import Refusal
from causerie.foundation.identity import ConversationId, MessageId, Rev, Seq, UserId
from causerie.foundation.postgres import Connection, Database, Record, claim, settle
from causerie.messages.errors import (
    ConversationArchived,
    MayNotPin,
    MayNotWrite,
    MessageDeleted,
    MessageNotFound,
    TooManyEmojis,
    TooManyPins,
)
from causerie.messages.events import MessagePinned, ReactionAdded, ReactionRemoved
from causerie.messages.model import (
    MAX_EMOJIS_PER_MESSAGE,
    MAX_PINS_PER_CONVERSATION,
    EmojiTotal,
    Message,
    Pin,
    Reactor,
    ReactorPage,
)
from causerie.messages.ports import AroundStore, Names
from causerie.messages.store.tables import QUERIES, SILENCED, PostgresMessages, record

_REFUSALS: Mapping[str, type[Refusal]] = {
    "missing": MessageNotFound,
    "stranger": MessageNotFound,
    "archived": ConversationArchived,
    "read_only": MayNotWrite,
    "not_allowed": MayNotPin,
    "deleted": MessageDeleted,
    **SILENCED,
}


class _Write(msgspec.Struct, frozen=True):
    """One call of a function that makes a change, and what makes it happen once."""

    statement: str
    arguments: tuple[object, ...]
    user_id: UserId
    key: str | None
    operation: str
    fingerprint: bytes
    result: int
    too_many: Refusal
    action: str | None = None  # What goes on record of it: what managers do.

    async def make(self, connection: Connection) -> Record:
        """Call it. Raises the refusal that it answers with."""
        row = await connection.fetchrow(QUERIES[self.statement], *self.arguments)
        assert row is not None  # noqa: S101 - a function with OUT parameters gives one row
        outcome = row["outcome"]
        if outcome == "too_many":
            raise self.too_many
        if outcome not in {"changed", "unchanged"}:
            raise _REFUSALS[outcome]
        return row


class PostgresAround(AroundStore):
    """Each write is one call, so that sends wait for its locks no longer than they must."""

    def __init__(self, database: Database, messages: PostgresMessages, names: Names) -> None:
        self._database = database
        self._messages = messages
        self._names = names

    # --- writing ---------------------------------------------------------------------------------

    @override
    async def react(
        self,
        user_id: UserId,
        message_id: MessageId,
        emoji: str,
        *,
        is_adding: bool,
        key: str | None,
        fingerprint: bytes,
    ) -> tuple[int, ReactionAdded | ReactionRemoved | None]:
        row = await self._once(
            _Write(
                "react",
                (user_id, message_id, emoji, is_adding, MAX_EMOJIS_PER_MESSAGE),
                user_id,
                key,
                "add_reaction" if is_adding else "remove_reaction",
                fingerprint,
                message_id,
                TooManyEmojis(MAX_EMOJIS_PER_MESSAGE),
            )
        )
        if row is None:
            return await self._count(message_id, emoji), None
        count = row["count"]
        if row["outcome"] == "unchanged":
            return count, None
        event = (ReactionAdded if is_adding else ReactionRemoved)(
            message_id,
            row["conversation_id"],
            row["kind"],
            emoji,
            count,
            user_id,
            Rev(row["rev"]),
            Seq(row["last_seq"]),
        )
        return count, event

    @override
    async def pin(
        self,
        user_id: UserId,
        message_id: MessageId,
        *,
        is_pinned: bool,
        is_moderator: bool,
        key: str | None,
        fingerprint: bytes,
    ) -> MessagePinned | None:
        row = await self._once(
            _Write(
                "pin",
                (user_id, message_id, is_pinned, is_moderator, MAX_PINS_PER_CONVERSATION),
                user_id,
                key,
                "pin_message",
                fingerprint,
                message_id,
                TooManyPins(MAX_PINS_PER_CONVERSATION),
                "messages.pin" if is_pinned else "messages.unpin",
            )
        )
        if row is None or row["outcome"] == "unchanged":
            return None
        return MessagePinned(
            message_id,
            row["conversation_id"],
            row["kind"],
            is_pinned,
            user_id,
            Rev(row["rev"]),
            Seq(row["last_seq"]),
        )

    async def _once(self, write: _Write) -> Record | None:
        """Make the write; None where it was made before, under its key."""
        if write.key is None and write.action is None:
            async with self._database.connection() as connection:
                return await write.make(connection)
        async with self._database.transaction() as tx:
            # Before the key, as in every write: who waits for a ban must hold nothing.
            await tx.fetchval(QUERIES["hold_standing"], write.user_id)
            if write.key is not None:
                known = await claim(
                    tx,
                    user_id=write.user_id,
                    key=write.key,
                    operation=write.operation,
                    fingerprint=write.fingerprint,
                )
                if known is not None:
                    return None
            row = await write.make(tx)
            if write.action is not None and row["outcome"] == "changed":
                place = row["conversation_id"]
                await record(tx, write.action, write.result, conversation_id=place)
            if write.key is not None:
                await settle(tx, user_id=write.user_id, key=write.key, result=write.result)
            return row

    async def _count(self, message_id: MessageId, emoji: str) -> int:
        message = (await self._messages.by_ids((message_id,)))[message_id]
        return next((r.count for r in message.reactions if r.emoji == emoji), 0)

    # --- reading ---------------------------------------------------------------------------------

    @override
    async def reactors(
        self, message: Message, *, viewer: UserId, emoji: str | None, after: int, limit: int
    ) -> ReactorPage:
        async with self._database.reading_as(viewer) as connection:
            rows = await connection.fetch(
                QUERIES["reactors"],
                message.conversation_id,
                message.seq,
                emoji,
                after,
                limit + 1,
            )
        names = await self._names.names_of({UserId(row["user_id"]) for row in rows[:limit]})
        items = tuple(
            Reactor(row["user_id"], names[row["user_id"]], tuple(row["emojis"]))
            for row in rows[:limit]
        )
        return ReactorPage(items, has_more=len(rows) > limit)

    @override
    async def emoji_totals(
        self, conversation_id: ConversationId, *, viewer: UserId, limit: int
    ) -> Sequence[EmojiTotal]:
        async with self._database.reading_as(viewer) as connection:
            rows = await connection.fetch(QUERIES["emoji_totals"], conversation_id, limit)
        return [EmojiTotal(row["emoji"], row["count"]) for row in rows]

    @override
    async def pins(self, conversation_id: ConversationId, *, viewer: UserId) -> Sequence[Pin]:
        async with self._database.reading_as(viewer) as connection:
            rows = await connection.fetch(
                QUERIES["pins"], conversation_id, MAX_PINS_PER_CONVERSATION
            )
        messages = await self._messages.seen_by(viewer, rows)
        return [
            Pin(message, row["pinned_at"], row["pinned_by"])
            for message, row in zip(messages, rows, strict=True)
        ]

    @override
    async def emojis_of(
        self, conversation_id: ConversationId, revs: Collection[Rev]
    ) -> Mapping[Rev, str]:
        if not revs:
            return {}
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["emojis_of"], conversation_id, list(revs))
        return {row["rev"]: row["emoji"] for row in rows}
