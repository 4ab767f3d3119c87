"""Scenes with a real database: people, and what they are told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import pytest

from causerie.accounts import Permission
from causerie.assembly.settings import Settings
from causerie.conversations import (
    Address,
    ConversationOpened,
    ConversationService,
    ConversationUpdated,
    ConversationView,
    MemberJoined,
    MemberLeft,
    ReadMoved,
    RoleGiven,
)
from causerie.conversations.store import PostgresStore
from causerie.foundation.completion import Completion
from causerie.foundation.events import Event, Events
from causerie.foundation.identity import Principal, UserId
from causerie.foundation.postgres import Database, Record
from tests.databases import FreshDatabase
from tests.scenes.node import NodeScene, open_node_scene, quick

E = TypeVar("E", bound=Event)

USER = frozenset({Permission.CREATE_CONVERSATIONS, Permission.SEND_MESSAGES})
GUEST = frozenset({Permission.SEND_MESSAGES})
MODERATOR = USER | {Permission.MANAGE_ANY_CONVERSATION}
MAX_CONVERSATIONS = 5  # small enough for a test to reach


class Scene:
    """A server with a database and no sockets; ``facts`` is what was announced, in order."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.events = Events()
        self.completion = Completion()
        self.store = PostgresStore(database, self.events)
        self.service = ConversationService(
            self.store,
            self.events,
            self.completion,
            max_conversations_per_user=MAX_CONVERSATIONS,
        )
        self.facts: list[Event] = []
        for kind in (
            ConversationOpened,
            ConversationUpdated,
            MemberJoined,
            MemberLeft,
            ReadMoved,
            RoleGiven,
        ):
            self.events.listen(kind, self.facts.append)

    def told(self, kind: type[E]) -> list[E]:
        """All announced facts of one type, in order."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def person(self, name: str, permissions: frozenset[str] = USER) -> Principal:
        """An account that exists."""
        (person,) = await self.people(name, permissions=permissions)
        return person

    async def people(self, *names: str, permissions: frozenset[str] = USER) -> list[Principal]:
        """Several accounts, in the order of their ids."""
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

    async def write_messages(self, view: ConversationView, count: int) -> None:
        """Advance ``last_seq`` as the writer of messages does."""
        await self.fetch(
            "SELECT * FROM conversations.take_seqs(ARRAY[$1::bigint], ARRAY[$2::int])",
            view.id,
            count,
        )

    async def revs_of(self, address: Address) -> list[int]:
        """The numbers of all changes of a conversation."""
        rows = await self.fetch(
            "SELECT rev FROM conversations.changes WHERE conversation_id = $1 ORDER BY rev",
            address.id,
        )
        return [row["rev"] for row in rows]

    async def fetch(self, query: str, *args: object) -> list[Record]:
        """Run a statement as the product's own role."""
        async with self.database.connection() as connection:
            return await connection.fetch(query, *args)


@pytest.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    """A scene of the test's own."""
    scene = Scene(database)
    yield scene
    await scene.completion.drain(5)


@pytest.fixture
async def node(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    """A whole node on a database of its own."""
    settings = quick(Settings(), tmp_path)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as opened:
        yield opened
