"""Builds the slice of presence for assembly."""

from __future__ import annotations

import secrets
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
from causerie.presence.broadcast import Crier, Doorbook, HubAudience, HubNodes, Told, teach_v2
from causerie.presence.ports import Audience, Voices
from causerie.presence.service import Lookups, PresenceService, TypingService
from causerie.presence.store import LastingWhereabouts, MemoryWhereabouts, PostgresRecords

if TYPE_CHECKING:
    from causerie.gateway.grpc import Service

MIGRATIONS = MigrationSource(schema="presence", package="causerie.presence")


@dataclass(slots=True, kw_only=True)
class Presences:
    """The slice, put together, and connected with the sockets of a node."""

    service: PresenceService
    typing: TypingService
    lookups: Lookups
    nodes: HubNodes | None = None  # None: there are no others.
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
        if self.nodes is not None and self.service.exchange is not None:
            self.nodes.connect(hub, events, self.service.exchange, self.typing)
        crier = Crier(self.audience, self.service, self.typing)
        workers.add("presence", crier.run_presence)
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
    nodes = None if cache is None else HubNodes()
    records = PostgresRecords(database)
    typing = TypingService(conversations, voices, clock)
    service = PresenceService(
        node=secrets.token_hex(8),
        whereabouts=whereabouts,
        records=records,
        completion=completion,
        clock=clock,
        idle_seconds=idle_seconds,
        grace_seconds=grace_seconds,
        nodes=nodes,
        on_seen=typing.look_again,
    )
    lookups = Lookups(
        conversations=conversations,
        whereabouts=whereabouts,
        records=records,
        presences=service,
        clock=clock,
    )
    return Presences(service=service, typing=typing, lookups=lookups, nodes=nodes)


def grpc_service(presences: Presences) -> Service:
    """What gRPC is told of presence. Raises ``ValueError`` before ``attend``."""
    from causerie.presence.api_grpc import presence_service

    return presence_service(presences.lookups, presences.known_audience)


__all__ = ["MIGRATIONS", "Presences", "build", "grpc_service", "teach_v2"]
