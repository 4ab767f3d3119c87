"""The conversations' tables in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from typing_extensions import override

from causerie.conversations.errors import NameTaken
from causerie.conversations.model import (
    Address,
    Arrival,
    Block,
    Change,
    ChangeKind,
    ConversationView,
    Intent,
    Kind,
    Member,
    MemberRole,
    Membership,
    Person,
    Position,
    Visibility,
)
from causerie.conversations.ports import Reading, Settings, Store, Writes
from causerie.conversations.store.crowds import read_arrivals, read_named_views, read_positions
from causerie.conversations.store.recording import Details, Note, record
from causerie.conversations.store.rows import to_member, to_person, to_view
from causerie.foundation.events import Event, Events
from causerie.foundation.identity import ConversationId, Rev, Seq, UserId
from causerie.foundation.postgres import (
    Connection,
    Database,
    Gathering,
    Queries,
    Record,
    UniqueViolation,
    claim,
    fingerprint,
    settle,
)

_QUERIES = Queries.load("causerie.conversations")


class PostgresStore(Store):
    """Reads each by one statement; writes in transactions whose facts are announced."""

    def __init__(self, database: Database, events: Events) -> None:
        self._database = database
        self._events = events
        self._arrivals = Gathering(database.in_turn, read_arrivals)
        self._named_views = Gathering(database.in_turn, read_named_views)
        self._positions = Gathering(database.connection, read_positions)

    @override
    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Writes]:
        async with self._database.connection() as connection:
            async with connection.transaction(isolation="read_committed"):
                writes = PostgresWrites(connection)
                yield writes
            # Giving the connection back is awaited: later writes might be announced meanwhile.
            self._events.announce(writes.facts)

    @override
    async def seen_by(
        self, viewer: UserId, ids: Sequence[ConversationId]
    ) -> list[ConversationView]:
        return [to_view(row) for row in await self._fetch("seen_by", viewer, ids)]

    @override
    async def find_view(
        self, conversation_id: ConversationId, *, viewer: UserId
    ) -> ConversationView | None:
        rows = await self._fetch_as(viewer, "find_view", viewer, conversation_id)
        return to_view(rows[0]) if rows else None

    @override
    async def own_views(self, viewer: UserId) -> list[ConversationView]:
        return [to_view(row) for row in await self._fetch_as(viewer, "own_views", viewer)]

    @override
    async def views_of(self, user_id: UserId) -> list[ConversationView]:
        return [to_view(row) for row in await self._fetch("views_of", user_id)]

    @override
    async def named_views_of(
        self, user_id: UserId, ids: Sequence[ConversationId]
    ) -> list[ConversationView]:
        if not ids:
            return []
        named = (user_id, frozenset(ids))
        return await self._named_views.find(named, weight=len(ids)) or []

    @override
    async def find_arrival(self, user_id: UserId) -> Arrival | None:
        return await self._arrivals.find(user_id)

    @override
    async def search_rooms(
        self, part: str, viewer: UserId, *, limit: int
    ) -> list[ConversationView]:
        rows = await self._fetch_as(viewer, "search_rooms", part, viewer, limit)
        return [to_view(row) for row in rows]

    @override
    async def find_membership(
        self, conversation_id: ConversationId, user_id: UserId
    ) -> Membership | None:
        for row in await self._fetch("find_membership", conversation_id, user_id):
            kind, role = Kind(row["kind"]), MemberRole(row["role"])
            return Membership(conversation_id, kind, user_id, role, row["archived"])
        return None

    @override
    async def find_position(
        self, conversation_id: ConversationId, user_id: UserId
    ) -> Position | None:
        return await self._positions.find((user_id, conversation_id))

    @override
    async def members(
        self,
        conversation_id: ConversationId,
        *,
        after: UserId | None,
        limit: int,
        viewer: UserId | None,
    ) -> list[Member]:
        asked = (conversation_id, after or 0, limit)
        rows = (
            await self._fetch("members_for_a_manager", *asked)
            if viewer is None
            else await self._fetch_as(viewer, "members", *asked)
        )
        return [to_member(row) for row in rows]

    @override
    async def people(self, ids: Sequence[UserId]) -> list[Person]:
        return [to_person(row) for row in await self._fetch("people", ids)]

    @override
    async def blocks(self, user_id: UserId) -> list[Block]:
        rows = await self._fetch("blocks", user_id)
        return [Block(to_person(row), row["blocked_at"]) for row in rows]

    @override
    async def changes_since(
        self, conversation_id: ConversationId, rev: Rev, *, upto: Rev, limit: int
    ) -> list[Change]:
        rows = await self._fetch("changes_since", conversation_id, rev, upto, limit)
        return [Change(row["rev"], row["kind"], row["subject"], row["actor_id"]) for row in rows]

    async def _fetch(self, name: str, *args: object) -> list[Record]:
        async with self._database.connection() as connection:
            return await connection.fetch(_QUERIES[name], *args)

    async def _fetch_as(self, viewer: UserId, name: str, *args: object) -> list[Record]:
        async with self._database.reading_as(viewer) as connection:
            return await connection.fetch(_QUERIES[name], *args)


class PostgresWrites(Writes):
    """One transaction on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.facts: list[Event] = []

    @override
    def tell(self, *events: Event) -> None:
        self.facts += events

    @override
    async def claim(self, intent: Intent) -> ConversationId | None:
        if intent.key is None:
            return None
        first = await claim(
            self._connection,
            user_id=intent.actor,
            key=intent.key,
            operation=intent.operation,
            fingerprint=fingerprint(*intent.body),
        )
        return None if first is None else ConversationId(first)

    @override
    async def settle(self, intent: Intent, result: ConversationId) -> None:
        if intent.key is not None:
            await settle(self._connection, user_id=intent.actor, key=intent.key, result=result)

    @override
    async def record(self, action: str, target: str, before: Note, after: Details) -> None:
        await record(self._connection, action, target, before, after)

    @override
    async def find_room(self, name: str) -> Address | None:
        found = _conversation(await self._value("find_room", name))
        return None if found is None else Address(Kind.ROOM, found)

    @override
    async def lock(self, address: Address, viewer: UserId) -> ConversationView | None:
        rows = await self._fetch("lock_and_see", address.id, viewer)
        return next((view for view in map(to_view, rows) if view.address == address), None)

    @override
    async def see(self, conversation_id: ConversationId, viewer: UserId) -> ConversationView:
        (row,) = await self._fetch("seen_by", viewer, [conversation_id])
        return to_view(row)

    @override
    async def has_room_for(self, user_id: UserId, *, limit: int) -> bool:
        (row,) = await self._fetch("count_of_user", user_id, limit)
        return bool(row["count"] < limit)

    @override
    async def people(self, ids: Sequence[UserId]) -> list[Person]:
        return [to_person(row) for row in await self._fetch("people", ids)]

    @override
    async def insert_room(
        self, creator: UserId, *, name: str, visibility: Visibility, topic: str
    ) -> ConversationId | None:
        return _conversation(await self._value("insert_room", creator, name, visibility, topic))

    @override
    async def insert_direct(self, creator: UserId, peer: UserId) -> ConversationId | None:
        return _conversation(await self._value("insert_direct", creator, peer))

    @override
    async def get_direct(self, one: UserId, other: UserId) -> ConversationId:
        (row,) = await self._fetch("get_direct", one, other)
        return ConversationId(row["id"])

    @override
    async def seat(
        self, conversation_id: ConversationId, users: Sequence[UserId], role: MemberRole
    ) -> None:
        await self._connection.execute(_QUERIES["seat"], conversation_id, users, role)

    @override
    async def admit(
        self,
        conversation_id: ConversationId,
        users: Sequence[UserId],
        *,
        role: MemberRole,
        actor: UserId,
    ) -> list[tuple[Person, Rev]]:
        rows = await self._fetch("admit", conversation_id, users, role, actor)
        return [(to_person(row), Rev(row["entered_as"])) for row in rows]

    @override
    async def expel(
        self, conversation_id: ConversationId, user_id: UserId, *, actor: UserId
    ) -> Rev:
        await self._connection.execute(_QUERIES["expel"], conversation_id, user_id)
        return await self._take_rev(conversation_id, ChangeKind.MEMBER_LEFT, user_id, actor)

    @override
    async def find_member(self, conversation_id: ConversationId, user_id: UserId) -> Member | None:
        rows = await self._fetch("find_member", conversation_id, user_id)
        return to_member(rows[0]) if rows else None

    @override
    async def was_member(self, conversation_id: ConversationId, user_id: UserId) -> bool:
        return bool(await self._value("was_member", conversation_id, user_id))

    @override
    async def find_heir(self, conversation_id: ConversationId) -> UserId | None:
        rows = await self._fetch("find_heir", conversation_id)
        return UserId(rows[0]["user_id"]) if rows else None

    @override
    async def has_another_owner(self, conversation_id: ConversationId, user_id: UserId) -> bool:
        return bool(await self._value("has_another_owner", conversation_id, user_id))

    @override
    async def give_role(
        self,
        conversation_id: ConversationId,
        user_id: UserId,
        *,
        role: MemberRole,
        actor: UserId,
    ) -> Rev:
        await self._connection.execute(_QUERIES["set_role"], conversation_id, user_id, role)
        return await self._take_rev(conversation_id, ChangeKind.MEMBER_ROLE, user_id, actor)

    @override
    async def hold_pair(self, one: UserId, other: UserId) -> None:
        await self._connection.execute(_QUERIES["hold_pair"], one, other)

    @override
    async def blockers(self, user_id: UserId, others: Sequence[UserId]) -> list[UserId]:
        return [UserId(row["id"]) for row in await self._fetch("blockers", user_id, others)]

    @override
    async def may_block(self, user_id: UserId, *, limit: int) -> bool:
        (row,) = await self._fetch("count_of_blocks", user_id, limit)
        return bool(row["count"] < limit)

    @override
    async def set_block(
        self, blocker: UserId, blocked: UserId, *, is_blocked: bool
    ) -> ConversationId | None:
        return _conversation(await self._value("set_block", blocker, blocked, is_blocked))

    @override
    async def move_read(self, address: Address, user_id: UserId, seq: Seq) -> Reading | None:
        rows = await self._fetch("move_read", address.id, address.kind, user_id, seq)
        return Reading(**rows[0]) if rows else None

    @override
    async def update(
        self, conversation_id: ConversationId, settings: Settings, *, actor: UserId
    ) -> Rev:
        rev = await self._take_rev(conversation_id, ChangeKind.UPDATED, conversation_id, actor)
        try:
            await self._connection.execute(
                _QUERIES["update"],
                conversation_id,
                settings.name,
                settings.topic,
                settings.visibility,
                settings.archived,
            )
        except UniqueViolation as error:
            raise NameTaken from error
        return rev

    async def _take_rev(
        self, conversation_id: ConversationId, kind: ChangeKind, subject: int, actor: UserId
    ) -> Rev:
        (row,) = await self._fetch("take_rev", conversation_id, kind, subject, actor)
        return Rev(row["rev"])

    async def _fetch(self, name: str, *args: object) -> list[Record]:
        return await self._connection.fetch(_QUERIES[name], *args)

    async def _value(self, name: str, *args: object) -> int | None:
        """The one column of the one row: an id, a truth, or None where there is no row."""
        value: int | None = await self._connection.fetchval(_QUERIES[name], *args)
        return value


def _conversation(value: int | None) -> ConversationId | None:
    return None if value is None else ConversationId(value)
