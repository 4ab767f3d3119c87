"""Builds the slice of presence for assembly."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litestar import Controller

from causerie.conversations import ConversationService
from causerie.foundation.cache import Cache
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.postgres import Database, MigrationSource
from causerie.foundation.realtime import Hub
from causerie.foundation.workers import Workers
from causerie.gateway.session import Attendance
from causerie.presence.api_http import presence_routes
from causerie.presence.api_socket import PresenceCommands
from causerie.presence.broadcast import (
    Crier,
    Doorbook,
    Farewell,
    HubAudience,
    HubNodes,
    MissedChoices,
    Told,
    teach_v2,
)
from causerie.presence.ports import Audience, Voices
from causerie.presence.service import Exchange, Lookups, PresenceService, TypingService
from causerie.presence.store import LastingWhereabouts, MemoryWhereabouts, PostgresRecords

if TYPE_CHECKING:
    from causerie.gateway.grpc import Service

MIGRATIONS = MigrationSource(schema="presence", package="causerie.presence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """What connects the slice with other nodes."""

    nodes: HubNodes
    exchange: Exchange
    records: PostgresRecords
    farewell: Farewell

    def connect(
        self, hub: Hub, events: Events, typing: TypingService
    ) -> Callable[[], Awaitable[None]]:
        """Speak and hear through a hub; gives what is to be done last."""
        self.nodes.connect(hub, events, self.exchange, typing)
        hub.on_missed(MissedChoices(hub, self.exchange, self.records).look)
        return self.farewell.say


@dataclass(slots=True, kw_only=True)
class Presences:
    """The slice, put together, and connected with the sockets of a node."""

    service: PresenceService
    typing: TypingService
    lookups: Lookups
    others: Others | None = None  # None: there are no other nodes.
    audience: Audience | None = None  # The sockets, once there are some.

    @property
    def commands(self) -> PresenceCommands:
        """The commands of v2."""
        return PresenceCommands(self.service, self.typing)

    def attend(
        self, hub: Hub, events: Events, workers: Workers, *, told: Told | None = None
    ) -> Attendance:
        """Connect with the hub; gives who is to hear of sockets.

        ``told`` hears what others are told of somebody, for a dialect that says it by channel.
        """
        book = Doorbook(hub, self.service, self.typing)
        book.listen(events)
        self.audience = HubAudience(hub, told)
        last = None if self.others is None else self.others.connect(hub, events, self.typing)
        crier = Crier(self.audience, self.service, self.typing)
        workers.add("presence", crier.run_presence, last=last)
        workers.add("typing", crier.run_typing)
        return book

    @property
    def routes(self) -> type[Controller]:
        """The routes of HTTP. Raises ``ValueError`` before ``attend``."""
        return presence_routes(self.service, self.lookups, self.known_audience)

    @property
    def known_audience(self) -> Audience:
        """The sockets. Raises ``ValueError`` before ``attend``."""
        if self.audience is None:
            raise ValueError("connect presence with the hub first")
        return self.audience


def build(
    *,
    database: Database,
    completion: Completion,
    conversations: ConversationService,
    voices: Voices,
    clock: Clock,
    idle_seconds: float,
    grace_seconds: float,
    cache: Cache | None = None,
) -> Presences:
    """Put the slice together; without a cache there is one node."""
    whereabouts = MemoryWhereabouts(clock) if cache is None else LastingWhereabouts(cache, clock)
    node = secrets.token_hex(8)
    nodes = None if cache is None else HubNodes()
    exchange = None if nodes is None else Exchange(node, nodes, clock)
    records = PostgresRecords(database)
    typing = TypingService(conversations, voices, clock)
    service = PresenceService(
        node=node,
        whereabouts=whereabouts,
        records=records,
        completion=completion,
        clock=clock,
        idle_seconds=idle_seconds,
        grace_seconds=grace_seconds,
        exchange=exchange,
        on_seen=typing.look_again,
    )
    lookups = Lookups(
        conversations=conversations,
        whereabouts=whereabouts,
        records=records,
        presences=service,
        clock=clock,
    )
    others = None
    if nodes is not None and exchange is not None:
        farewell = Farewell(node, exchange, whereabouts, grace_seconds=grace_seconds)
        others = Others(nodes=nodes, exchange=exchange, records=records, farewell=farewell)
    return Presences(service=service, typing=typing, lookups=lookups, others=others)


def grpc_service(presences: Presences) -> Service:
    """What gRPC is told of presence. Raises ``ValueError`` before ``attend``."""
    from causerie.presence.api_grpc import presence_service

    return presence_service(presences.lookups, presences.known_audience)


__all__ = ["MIGRATIONS", "Presences", "build", "grpc_service", "teach_v2"]
