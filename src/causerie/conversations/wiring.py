"""Builds the slice of conversations for assembly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from litestar import Controller

from causerie.conversations.api_http import block_routes, conversation_routes
from causerie.conversations.api_socket import ConversationCommands
from causerie.conversations.broadcast import Broadcast, ConversationTopics, Welcome, teach_v2
from causerie.conversations.jobs import MissedMoves, ProfileCrier
from causerie.conversations.ports import Voices, Wording
from causerie.conversations.service import BlockService, ConversationService
from causerie.conversations.store import PostgresStore, StoredMoves, StoredPositions
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.postgres import Database, MigrationSource
from causerie.foundation.realtime import Hub, Variant
from causerie.foundation.workers import Workers
from causerie.limits import ActionLimits

if TYPE_CHECKING:
    from causerie.gateway.grpc import Service

MIGRATIONS = MigrationSource(schema="conversations", package="causerie.conversations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversations:
    """The slice, put together."""

    service: ConversationService
    blocks: BlockService
    store: PostgresStore
    positions: StoredPositions
    moves: StoredMoves

    @property
    def topics(self) -> ConversationTopics:
        """What the tables hold of the hub's topics."""
        return ConversationTopics(self.store, self.positions)

    @property
    def commands(self) -> ConversationCommands:
        """The commands of v2."""
        return ConversationCommands(self.service)

    @property
    def routes(self) -> list[type[Controller]]:
        """The routes of HTTP."""
        return [conversation_routes(self.service), block_routes(self.blocks)]

    def welcome(self, hub: Hub, clock: Clock, *, heartbeat_interval_seconds: int) -> Welcome:
        """Who says ``hello``."""
        return Welcome(
            hub,
            self.service,
            clock,
            heartbeat_interval_seconds=heartbeat_interval_seconds,
        )


def build(
    *,
    database: Database,
    events: Events,
    completion: Completion,
    limits: ActionLimits | None = None,
    wording: Wording | None = None,
    voices: Voices | None = None,
) -> Conversations:
    """Put the slice together; assembly drains the completion before it closes the database."""
    store = PostgresStore(database, events)
    service = ConversationService(
        store, events, completion, limits=limits, wording=wording, voices=voices
    )
    blocks = BlockService(store, completion)
    return Conversations(
        service=service,
        blocks=blocks,
        store=store,
        positions=StoredPositions(database),
        moves=StoredMoves(database),
    )


def listen(hub: Hub, events: Events) -> None:
    """Bring what happens to conversations to the hub."""
    Broadcast(hub).listen(events)


def tell_later(hub: Hub, events: Events, conversations: Conversations, workers: Workers) -> None:
    """Bring to sockets what takes a question first: what people say of themselves, and what was missed."""
    crier = ProfileCrier(hub, conversations.service, conversations.moves)
    crier.listen(events)
    workers.add("profile_tellings", crier.run)
    MissedMoves(hub, events, conversations.service, conversations.moves).listen()


def grpc_service(conversations: Conversations) -> Service:
    """What gRPC is told of conversations."""
    from causerie.conversations.api_grpc import conversation_service

    return conversation_service(conversations.service)


def stream_service(welcome: Welcome, hub: Hub) -> Service:
    """What gRPC is told as it happens."""
    from causerie.conversations.api_grpc import event_service

    return event_service(welcome, hub)


def stream_words() -> Variant:
    """How events are encoded for it."""
    from causerie.conversations.api_grpc import event_words

    return event_words()


__all__ = [
    "MIGRATIONS",
    "Conversations",
    "Welcome",
    "build",
    "grpc_service",
    "listen",
    "stream_service",
    "stream_words",
    "teach_v2",
    "tell_later",
]
