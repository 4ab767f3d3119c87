"""Builds the slice of messages for assembly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from litestar import Controller

from causerie.conversations import ConversationService
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.postgres import Database, Disk, MigrationSource
from causerie.foundation.realtime import Hub
from causerie.foundation.remembering import Caches
from causerie.foundation.workers import Workers
from causerie.gateway.router import Router
from causerie.messages.api_http import (
    around_routes,
    message_routes,
    scheduled_routes,
    search_routes,
    thread_routes,
)
from causerie.messages.api_socket import AroundCommands, MessageCommands, SearchCommands
from causerie.messages.broadcast import Broadcast, CommittedSource, teach_v2
from causerie.messages.jobs import DueMessages, FilesFollower, Indexer
from causerie.messages.ports import (
    Names,
    RoomLimit,
    Screening,
    Senders,
    SendLimit,
    Topics,
    Voices,
)
from causerie.messages.service import (
    Access,
    DueSender,
    MessageService,
    PinService,
    ReactionService,
    ReadThreads,
    ScheduleService,
    SearchService,
    ThreadService,
)
from causerie.messages.store import (
    GroupCommitWriter,
    PostgresAround,
    PostgresMessages,
    PostgresRoots,
    PostgresSchedule,
    PostgresSearch,
    PostgresSearchIndex,
    PostgresTallies,
    PostgresThreads,
    StoredMoves,
    open_writer,
)
from causerie.messages.wire import RecentPages, remember_pages
from causerie.receipts import Roots, Tallies

if TYPE_CHECKING:
    from causerie.gateway.grpc import Service

MIGRATIONS = MigrationSource(schema="messages", package="causerie.messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """The slice, put together. ``add_workers`` is for assembly."""

    service: MessageService
    recent: RecentPages
    reactions: ReactionService
    pins: PinService
    threads: ThreadService
    schedule: ScheduleService
    due: DueSender
    due_messages: DueMessages
    search: SearchService
    writer: GroupCommitWriter
    indexer: Indexer
    follower: FilesFollower
    store: PostgresMessages
    around: PostgresAround

    @property
    def thread_positions(self) -> ReadThreads:
        """How far people have read threads."""
        return ReadThreads(self.threads)

    def add_workers(self, workers: Workers) -> None:
        """Hand over the background loops, the writer's first."""
        workers.add("message_writer", self.writer.run)
        workers.add("search_index", self.indexer.run)
        workers.add("due_messages", self.due_messages.run)
        workers.add("message_files", self.follower.run)

    def source(self, topics: Topics) -> CommittedSource:
        """The truth behind the hub's topics."""
        return CommittedSource(self.store, self.around, topics)

    def register(
        self, router: Router, conversations: ConversationService, hub: Hub, limit: SendLimit
    ) -> None:
        """Take the commands of v2."""
        MessageCommands(self.service, self.recent, conversations, hub, limit).register(router)
        AroundCommands(self.reactions, self.pins).register(router)
        SearchCommands(self.search).register(router)

    def routes(self, limit: SendLimit) -> list[type[Controller]]:
        """The routes of HTTP."""
        return [
            message_routes(self.service, self.recent, limit),
            thread_routes(self.threads),
            around_routes(self.reactions, self.pins),
            scheduled_routes(self.schedule, limit),
            search_routes(self.search),
        ]


def build(  # noqa: PLR0913 - the parts of the slice, each by name
    *,
    database: Database,
    disk: Disk,
    events: Events,
    completion: Completion,
    conversations: ConversationService,
    names: Names,
    senders: Senders,
    voices: Voices,
    room_calls: RoomLimit | None = None,
    screening: Screening | None,
    clock: Clock,
    caches: Caches,
    max_content_chars: int,
    has_reactions: bool = True,
    has_pins: bool = True,
    has_threads: bool = True,
    has_files: bool = True,
    has_mentions: bool = True,
) -> Messages:
    """Put the slice together."""
    store = PostgresMessages(database, names, has_mentions=has_mentions)
    writer = open_writer(database, store, events, disk, has_mentions=has_mentions)
    service = MessageService(
        conversations=conversations,
        store=store,
        outgoing=writer,
        events=events,
        completion=completion,
        voices=voices,
        room_calls=room_calls if has_mentions else None,
        screening=screening,
        max_content_chars=max_content_chars,
        has_threads=has_threads,
        has_files=has_files,
    )
    access = Access(conversations, store)
    around = PostgresAround(database, store, names)
    reactions = ReactionService(
        access=access,
        messages=store,
        store=around,
        events=events,
        completion=completion,
        is_on=has_reactions,
    )
    pins = PinService(
        access=access, store=around, events=events, completion=completion, is_on=has_pins
    )
    indexer = Indexer(PostgresSearchIndex(database))
    indexer.listen(events)
    follower = FilesFollower(store, events)
    follower.listen(events)
    threads = ThreadService(
        access=access,
        store=PostgresThreads(database, store),
        events=events,
        completion=completion,
        is_on=has_threads,
    )
    later = PostgresSchedule(database)
    schedule = ScheduleService(
        sending=service.sending, store=later, events=events, completion=completion, clock=clock
    )
    due = DueSender(
        sending=service.sending,
        store=later,
        messages=store,
        outgoing=writer,
        senders=senders,
        names=names,
        events=events,
    )
    return Messages(
        service=service,
        recent=RecentPages(service, remember_pages(caches)),
        threads=threads,
        reactions=reactions,
        pins=pins,
        schedule=schedule,
        due=due,
        due_messages=DueMessages(due, later, schedule.changed),
        search=SearchService(access, names, PostgresSearch(database, store)),
        writer=writer,
        indexer=indexer,
        follower=follower,
        store=store,
        around=around,
    )


def tallies(database: Database) -> Tallies:
    """What receipts ask of the messages' tables."""
    return PostgresTallies(database)


def roots(database: Database) -> Roots:
    """What receipts ask of the threads' beginnings."""
    return PostgresRoots(database)


def listen(hub: Hub, events: Events, database: Database) -> None:
    """Bring what happens to messages to the hub."""
    Broadcast(hub, StoredMoves(database)).listen(events)


def grpc_service(messages: Messages, limit: SendLimit) -> Service:
    """What gRPC is told of messages."""
    from causerie.messages.api_grpc import message_service

    return message_service(messages.service, limit)


__all__ = [
    "MIGRATIONS",
    "Messages",
    "build",
    "grpc_service",
    "listen",
    "roots",
    "tallies",
    "teach_v2",
]
