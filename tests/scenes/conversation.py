"""Conversations and messages on a real database, without a socket: people write, facts are told."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from typing_extensions import override

from causerie.accounts import Permission, Restrictions
from causerie.accounts.store import StoredRestrictions
from causerie.conversations import (
    Address,
    ConversationService,
    ConversationView,
    MemberRole,
    Settings,
    Visibility,
    wire_id,
)
from causerie.conversations.service import BlockService
from causerie.conversations.store import PostgresStore, StoredMoves, StoredPositions
from causerie.conversations.wiring import Conversations
from causerie.foundation.clock import SystemClock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Event, Events
from causerie.foundation.identity import Principal, UserId
from causerie.foundation.postgres import Database, Disk, Record, UnwatchedDisk
from causerie.foundation.remembering import Caches
from causerie.messages import (
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessagesSent,
    MessageType,
    Names,
    Page,
    ReactionAdded,
    ReactionRemoved,
    ScheduledChanged,
    Senders,
    Sent,
    ThreadAttended,
    ThreadUpdated,
)
from causerie.messages import wiring as messages_wiring
from causerie.messages.model import Draft, Message
from causerie.messages.ports import SendDone

E = TypeVar("E", bound=Event)

USER = frozenset({Permission.CREATE_CONVERSATIONS, Permission.SEND_MESSAGES})
MODERATOR = USER | {Permission.DELETE_ANY_MESSAGE}
READER = frozenset({Permission.CREATE_CONVERSATIONS})
_numbers = itertools.count(1)
MAX_CHARS = 40  # small enough for a test to go over


class TableNames(Names):
    """Usernames straight from the table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def names_of(self, ids: Collection[UserId]) -> Mapping[UserId, str]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                "SELECT id, username FROM accounts.users WHERE id = ANY ($1)", list(ids)
            )
        return {row["id"]: row["username"] for row in rows}

    @override
    async def ids_of(self, names: Collection[str]) -> Sequence[UserId]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                "SELECT id FROM accounts.users WHERE lower(username) = ANY ($1)",
                [name.lower() for name in names],
            )
        return [row["id"] for row in rows]


class TableSenders(Senders):
    """Users straight from the table, with the permissions that a test gives them."""

    def __init__(self, database: Database, permissions: Mapping[UserId, frozenset[str]]) -> None:
        self._names = TableNames(database)
        self._permissions = permissions

    @override
    async def find(self, user_id: UserId) -> Principal | None:
        name = (await self._names.names_of([user_id])).get(user_id)
        if name is None:
            return None
        return Principal(user_id, name, "user", "", "", self._permissions.get(user_id, USER))


class Outcome:
    """What a send came to; hearing twice is a fault of the writer."""

    def __init__(self) -> None:
        self._future: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        self.times_heard = 0

    def __call__(self, outcome: Sent | Exception) -> None:
        self.times_heard += 1
        assert self.times_heard == 1, outcome
        if isinstance(outcome, Exception):
            self._future.set_exception(outcome)
        else:
            self._future.set_result(outcome)

    async def wait(self) -> Sent:
        return await asyncio.wait_for(asyncio.shield(self._future), 60)

    async def refusal(self) -> Exception:
        """The exception that it came to; a send that succeeded is a failure of the test."""
        try:
            sent = await self.wait()
        except Exception as error:
            return error
        raise AssertionError(f"{sent} was not refused")


class ConversationScene:
    """One node's slices of conversations and messages; ``facts`` is what it announced, in order."""

    def __init__(
        self,
        database: Database,
        disk: Disk,
        *,
        events: Events | None = None,
        store: PostgresStore | None = None,
    ) -> None:
        self.database = database
        self.events = events or Events()
        self.completion = Completion()
        self.permissions: dict[UserId, frozenset[str]] = {}  # Of those who may not what users may.
        places = store or PostgresStore(database, self.events)
        self.conversations = Conversations(
            service=ConversationService(places, self.events, self.completion),
            blocks=BlockService(places, self.completion),
            store=places,
            positions=StoredPositions(database),
            moves=StoredMoves(database),
        )
        self.restrictions = Restrictions(StoredRestrictions(database), self.events, SystemClock())
        self.messages = messages_wiring.build(
            database=database,
            disk=disk,
            events=self.events,
            completion=self.completion,
            conversations=self.conversations.service,
            names=TableNames(database),
            senders=TableSenders(database, self.permissions),
            clock=SystemClock(),
            caches=Caches(SystemClock()),
            voices=self.restrictions,
            screening=None,
            max_content_chars=MAX_CHARS,
        )
        self.service = self.messages.service
        self.threads = self.messages.threads
        self.search = self.messages.search
        self.writer = self.messages.writer
        self.store = self.messages.store
        self.facts: list[Event] = []
        for kind in (
            MessagesSent,
            MessageEdited,
            MessageDeleted,
            ReactionAdded,
            ReactionRemoved,
            MessagePinned,
            ThreadUpdated,
            ThreadAttended,
            ScheduledChanged,
        ):
            self.events.listen(kind, self.facts.append)
        self._writing: asyncio.Task[None] | None = None

    # --- the writer ------------------------------------------------------------------------------

    def start_writing(self) -> None:
        self._writing = asyncio.create_task(self.writer.run())

    async def stop_writing(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait({self._writing})
            self._writing = None

    def put(self, draft: Draft) -> Outcome:
        """Give the writer a draft, past the service."""
        outcome = Outcome()
        self.writer.put(draft, outcome)
        return outcome

    # --- people and places -----------------------------------------------------------------------

    async def people(self, *names: str, permissions: frozenset[str] = USER) -> list[Principal]:
        """Accounts that exist, in the order of their ids."""
        rows = await self.fetch(
            "INSERT INTO accounts.users (username, display_name)"
            " SELECT n, initcap(n) FROM unnest($1::text[]) n RETURNING id, username",
            names,
        )
        return [
            Principal(
                user_id=UserId(row["id"]),
                username=row["username"],
                role="user",
                session="",
                token="",
                permissions=permissions,
            )
            for row in sorted(rows, key=lambda row: row["id"])
        ]

    async def person(self, name: str, permissions: frozenset[str] = USER) -> Principal:
        (person,) = await self.people(name, permissions=permissions)
        return person

    async def room(
        self,
        owner: Principal,
        *members: Principal,
        name: str = "general",
        visibility: Visibility = Visibility.PUBLIC,
    ) -> ConversationView:
        return await self.conversations.service.create_room(
            owner, name=name, visibility=visibility, members=[m.user_id for m in members]
        )

    async def give_role(
        self, owner: Principal, room: ConversationView, who: Principal, role: MemberRole
    ) -> None:
        await self.conversations.service.change_role(owner, room.address, who.user_id, role)

    async def archive(self, owner: Principal, room: ConversationView) -> None:
        await self.conversations.service.update(owner, room.address, Settings(archived=True))

    async def view(self, who: Principal, room: ConversationView) -> ConversationView:
        return await self.conversations.service.get(who, room.address)

    # --- writing and reading ---------------------------------------------------------------------

    async def send(
        self,
        sender: Principal,
        room: ConversationView,
        content: str = "hello",
        *,
        client_id: str | None = None,
        message_type: MessageType = MessageType.TEXT,
        parent: Message | None = None,
    ) -> Sent:
        return await asyncio.wait_for(
            self.service.send_and_wait(
                sender,
                conversation=name_of(room),
                content=content,
                client_id=client_id,
                message_type=message_type,
                parent_message_id=None if parent is None else parent.id,
            ),
            20,
        )

    async def say(self, sender: Principal, room: ConversationView, *contents: str) -> list[Message]:
        """Send one after the other; gives the messages."""
        return [(await self.send(sender, room, content)).message for content in contents]

    async def react(
        self,
        who: Principal,
        message: Message,
        emoji: str = "🚀",
        *,
        is_adding: bool = True,
        client_id: str | None = None,
    ) -> tuple[str, int]:
        """React or take it back; gives the emoji as it is written, and how many have it then."""
        reacted = await self.messages.reactions.react(
            who, message.id, emoji, is_adding=is_adding, client_id=client_id
        )
        return reacted.emoji, reacted.count

    async def answer(self, sender: Principal, room: ConversationView, to: Message) -> Message:
        """Answer in a thread."""
        return (await self.send(sender, room, "an answer", parent=to)).message

    async def now(self, message: Message) -> Message:
        """A message as it is now, for all who look."""
        return (await self.store.by_ids([message.id]))[message.id]

    def submit(
        self, sender: Principal, room: ConversationView, content: str, done: SendDone
    ) -> bool:
        return self.service.submit(
            sender,
            conversation=name_of(room),
            content=content,
            client_id=None,
            message_type=MessageType.TEXT,
            done=done,
        )

    async def history(self, reader: Principal, room: ConversationView, **bounds: int) -> Page:
        return await self.service.history(reader, name_of(room), **bounds)

    async def seqs(self, room: ConversationView) -> list[int]:
        """The numbers of all messages in the table."""
        rows = await self.fetch(
            "SELECT seq FROM messages.messages WHERE conversation_id = $1 ORDER BY seq", room.id
        )
        return [row["seq"] for row in rows]

    async def changes(self, room: ConversationView) -> list[str]:
        """The kinds of all numbered changes, in order."""
        rows = await self.fetch(
            "SELECT kind FROM conversations.changes WHERE conversation_id = $1 ORDER BY rev",
            room.id,
        )
        return [row["kind"] for row in rows]

    def told(self, kind: type[E]) -> list[E]:
        """All announced facts of one type, in order."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def announced_seqs(self, room: ConversationView) -> list[int]:
        """The numbers of announced messages, in the order of their announcement."""
        return [
            message.seq
            for event in self.told(MessagesSent)
            if event.conversation_id == room.id
            for message in event.messages
        ]

    async def fetch(self, query: str, *args: object) -> Sequence[Record]:
        """Run a statement as the product's own role."""
        async with self.database.connection() as connection:
            return await connection.fetch(query, *args)


def name_of(room: ConversationView | Address) -> str:
    return wire_id(room.kind, room.id)


def draft_of(sender: Principal, room: ConversationView, **changes: Any) -> Draft:
    """A draft as the service makes them."""
    fields: dict[str, Any] = {
        "conversation_id": room.id,
        "kind": room.kind,
        "sender_id": sender.user_id,
        "sender_name": sender.username,
        "message_type": MessageType.TEXT,
        "content": "hello",
        "client_id": None,
        "fingerprint": b"",
    }
    return Draft(**{**fields, **changes})


@asynccontextmanager
async def open_conversation_scene(
    dsn: str, *, disk: Disk | None = None, kind: type[Database] = Database
) -> AsyncIterator[ConversationScene]:
    """A node's slices on a database; the writer works until the end."""
    database = kind(dsn, max_connections=10)
    await database.open()
    scene = ConversationScene(database, disk or UnwatchedDisk())
    scene.start_writing()
    try:
        yield scene
    finally:
        await scene.stop_writing()
        await scene.completion.drain(5)
        await database.close()
