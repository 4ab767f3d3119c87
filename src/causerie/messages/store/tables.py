"""Messages in PostgreSQL, but for the sends: read, found, edited and deleted."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import structs
from typing_extensions import override

from causerie.accounts import Banned, Muted
from causerie.conversations import Kind, MemberRole
from causerie.foundation.errors import Refusal
from causerie.foundation.events import Event
from causerie.foundation.identity import MAX_ID, ConversationId, MessageId, Rev, Seq, UserId
from causerie.foundation.postgres import (
    Connection,
    Database,
    Queries,
    Record,
    claim,
    has_key,
    name_caller,
    settle,
)
from causerie.messages.errors import (
    ConversationArchived,
    MayNotWrite,
    MessageDeleted,
    MessageNotFound,
)
from causerie.messages.events import MessageDeleted as Deleted
from causerie.messages.events import MessageEdited as Edited
from causerie.messages.events import ThreadUpdated
from causerie.messages.model import ChangeKind, Edit, EditPage, Message, Page
from causerie.messages.ports import Changed, Found, MessageStore, Names
from causerie.messages.store.rows import message_of

QUERIES = Queries.load("causerie.messages")
# What accounts say of a user who may not speak.
SILENCED: dict[str, type[Refusal]] = {"banned": Banned, "muted": Muted}
_PAST_END = MAX_ID  # No conversation gets as far.


class _Raced(Exception):  # noqa: N818 - a fact, caught where it is raised for
    """Somebody else deleted the message meanwhile; the transaction is to leave no trace."""


class PostgresMessages(MessageStore):
    """Each method is one statement or one transaction."""

    def __init__(self, database: Database, names: Names, *, has_mentions: bool = True) -> None:
        self._database = database
        self._names = names
        self._has_mentions = has_mentions

    # --- reading ---------------------------------------------------------------------------------

    @override
    async def page(
        self,
        conversation_id: ConversationId,
        *,
        viewer: UserId,
        before: int | None,
        after: int | None,
        limit: int,
        root: MessageId | None = None,
    ) -> Page:
        name = "page_before" if after is None else "page_after"
        bound = after if after is not None else _PAST_END if before is None else before
        asked: tuple[object, ...] = (conversation_id, bound, limit + 1)
        if root is not None:
            name, asked = f"thread_{name}", (*asked, root)
        async with self._database.reading_as(viewer) as connection:
            rows = await connection.fetch(QUERIES[name], *asked)
        items = rows[:limit] if after is not None else rows[:limit][::-1]
        seen = await self.seen_by(viewer, items)
        return Page(tuple(seen), has_more=len(rows) > limit)

    async def seen_by(self, viewer: UserId, rows: Sequence[Record]) -> list[Message]:
        """Rows of the table as one user sees them."""
        messages = await self._messages(rows)
        return await self.as_seen(messages, [viewer] * len(messages))

    @override
    async def as_seen(
        self, messages: Sequence[Message], viewers: Sequence[UserId]
    ) -> list[Message]:
        asked = [n for n, message in enumerate(messages) if message.reactions]
        seen = list(messages)
        if not asked:
            return seen
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                QUERIES["own_reactions"],
                [messages[n].conversation_id for n in asked],
                [messages[n].seq for n in asked],
                [viewers[n] for n in asked],
            )
        own = {(asked[row["ord"] - 1], row["emoji"]) for row in rows}
        for n in asked:
            seen[n] = structs.replace(
                messages[n],
                reactions=tuple(
                    structs.replace(r, me=(n, r.emoji) in own) for r in messages[n].reactions
                ),
            )
        return seen

    @override
    async def messages_between(
        self, conversation_id: ConversationId, *, after: int, upto: int, limit: int
    ) -> Sequence[Message]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                QUERIES["page_between"], conversation_id, after, upto, limit
            )
        return await self._messages(rows)

    @override
    async def by_ids(self, ids: Sequence[int]) -> dict[int, Message]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["by_ids"], list(ids))
        return {message.id: message for message in await self._messages(rows)}

    @override
    async def find(self, message_id: MessageId, *, viewer: UserId) -> Found | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["find"], message_id, viewer)
        if row is None:
            return None
        (message,) = await self._messages([row])
        role = row["role"]
        return Found(message, MemberRole(role) if role else None, row["is_archived"])

    @override
    async def knows_key(self, user_id: UserId, key: str) -> bool:
        async with self._database.connection() as connection:
            return await has_key(connection, user_id=user_id, key=key)

    async def _messages(self, rows: Sequence[Record]) -> list[Message]:
        names = await self._names.names_of({UserId(row["sender_id"]) for row in rows})
        return [message_of(row, row["kind"], names[row["sender_id"]]) for row in rows]

    # --- changing --------------------------------------------------------------------------------

    @override
    async def edit(
        self, found: Found, *, editor: UserId, content: str, key: str | None, fingerprint: bytes
    ) -> Changed:
        message = found.message
        async with self._database.transaction() as tx:
            standing = await tx.fetchval(QUERIES["hold_standing"], editor)
            if key is not None and await _was_done(tx, editor, key, "edit_message", fingerprint):
                edited = None
            else:
                if standing is not None:
                    raise SILENCED[standing]
                edited = await self._edited(tx, message, editor, content)
                if key is not None:
                    await settle(tx, user_id=editor, key=key, result=message.id)
        return edited or Changed((await self.by_ids((message.id,)))[message.id])

    async def _edited(
        self, tx: Connection, message: Message, editor: UserId, content: str
    ) -> Changed | None:
        """Edit it; None where it says that already, and nothing is to change."""
        if await tx.fetchval(QUERIES["says"], message.conversation_id, message.seq, content):
            await _require_writable(tx, message, editor)
            return None
        rev, last_seq = await _take_rev(tx, message, ChangeKind.EDITED, editor)
        await _require_writable(tx, message, editor)
        if not self._has_mentions:
            await tx.execute(QUERIES["mentions_off_here"])
        row = await tx.fetchrow(
            QUERIES["edit"],
            message.conversation_id,
            message.seq,
            message.id,
            rev,
            editor,
            content,
        )
        if row is None:
            raise MessageDeleted
        now = message_of(row, message.kind, message.sender_name)
        return Changed(now, (Edited(now, rev, last_seq, editor),))

    @override
    async def delete(
        self, found: Found, *, editor: UserId, key: str | None, fingerprint: bytes
    ) -> Changed:
        message = found.message
        try:
            async with self._database.transaction() as tx:
                if await tx.fetchval(QUERIES["hold_standing"], editor) == "banned":
                    raise Banned
                if key is not None and not await _was_done(
                    tx, editor, key, "delete_message", fingerprint
                ):
                    await settle(tx, user_id=editor, key=key, result=message.id)
                if message.deleted:
                    return Changed(message)
                changed = await _deleted(tx, message, editor)
                if editor != message.sender_id:
                    await record(
                        tx,
                        "messages.delete",
                        message.id,
                        conversation_id=message.conversation_id,
                        sender_id=message.sender_id,
                    )
                return changed
        except _Raced:
            tombstone = (await self.by_ids((message.id,)))[message.id]
            again = Found(tombstone, found.role, found.is_archived)
            return await self.delete(again, editor=editor, key=key, fingerprint=fingerprint)

    # --- threads and edits -----------------------------------------------------------------------

    @override
    async def threads_now(self, roots: Sequence[MessageId]) -> Sequence[ThreadUpdated]:
        async with self._database.connection() as connection:
            return await _threads_now(connection, roots)

    @override
    async def edits(
        self, message_id: MessageId, *, viewer: UserId | None, after: int, limit: int
    ) -> EditPage:
        reading = (
            self._database.connection() if viewer is None else self._database.reading_as(viewer)
        )
        async with reading as connection:
            rows = await connection.fetch(QUERIES["edits_of"], message_id, after, limit + 1)
        names = await self._names.names_of({UserId(row["editor_id"]) for row in rows})
        edits = tuple(
            Edit(
                row["rev"],
                row["content"],
                row["editor_id"],
                names[row["editor_id"]],
                row["edited_at"],
            )
            for row in rows[:limit]
        )
        return EditPage(edits, has_more=len(rows) > limit)


async def record(tx: Connection, action: str, message_id: int, **after: int) -> None:
    """Put on record what somebody did to a message as its manager: ids, and never what it says."""
    await name_caller(tx)
    await tx.execute(
        QUERIES["record"], action, f"message:{message_id}", msgspec.json.encode(after).decode()
    )


async def _deleted(tx: Connection, message: Message, editor: UserId) -> Changed:
    rev, last_seq = await _take_rev(tx, message, ChangeKind.DELETED, editor)
    row = await tx.fetchrow(
        QUERIES["delete"],
        message.conversation_id,
        message.seq,
        message.id,
        rev,
        editor,
    )
    if row is None:
        raise _Raced
    now = message_of(row, message.kind, message.sender_name)
    facts: tuple[Event, ...] = (Deleted(now, rev, last_seq, editor),)
    if now.parent_id is not None:
        await tx.execute(QUERIES["number_thread"], now.conversation_id, now.parent_id, editor)
        facts = (*facts, *await _threads_now(tx, (now.parent_id,)))
    return Changed(now, facts)


async def _threads_now(connection: Connection, roots: Sequence[MessageId]) -> list[ThreadUpdated]:
    return [
        ThreadUpdated(
            row["root_id"],
            row["conversation_id"],
            Kind(row["kind"]),
            row["reply_count"],
            row["last_reply_at"],
            row["rev"],
            row["after_seq"],
        )
        for row in await connection.fetch(QUERIES["threads_now"], list(roots))
    ]


async def _was_done(
    tx: Connection, user_id: UserId, key: str, operation: str, fingerprint: bytes
) -> bool:
    known = await claim(tx, user_id=user_id, key=key, operation=operation, fingerprint=fingerprint)
    return known is not None


async def _take_rev(
    tx: Connection, message: Message, kind: ChangeKind, actor: UserId
) -> tuple[Rev, Seq]:
    row = await tx.fetchrow(
        QUERIES["take_rev"], message.conversation_id, kind.value, message.id, actor
    )
    if row is None:
        raise MessageNotFound
    return Rev(row["rev"]), Seq(row["last_seq"])


async def _require_writable(tx: Connection, message: Message, editor: UserId) -> None:
    """Look once more, within the transaction: the editor may have been put out."""
    place = await tx.fetchrow(QUERIES["place_of"], message.conversation_id, editor)
    if place is None or place["role"] is None:
        raise MessageNotFound
    if place["is_archived"]:
        raise ConversationArchived
    if place["role"] == MemberRole.READ_ONLY:
        raise MayNotWrite
