"""Builds the slice of messages for assembly."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Controller

from causerie.conversations import ConversationService
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.postgres import Database, Disk, MigrationSource
from causerie.foundation.realtime import Hub
from causerie.messages.api_http import message_routes
from causerie.messages.api_socket import MessageCommands
from causerie.messages.broadcast import Broadcast, CommittedSource, teach_v2
from causerie.messages.ports import Names, Screening, SendLimit, Topics, Voices
from causerie.messages.service import MessageService
from causerie.messages.store import GroupCommitWriter, PostgresMessages

MIGRATIONS = MigrationSource(schema="messages", package="causerie.messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """The slice, put together. ``writer.run`` is a worker of assembly's."""

    service: MessageService
    writer: GroupCommitWriter
    store: PostgresMessages

    def source(self, topics: Topics) -> CommittedSource:
        """The truth behind the hub's topics."""
        return CommittedSource(self.store, topics)

    def commands(
        self, conversations: ConversationService, hub: Hub, limit: SendLimit
    ) -> MessageCommands:
        """The commands of v2."""
        return MessageCommands(self.service, conversations, hub, limit)

    def routes(self, limit: SendLimit) -> type[Controller]:
        """The routes of HTTP."""
        return message_routes(self.service, limit)


def build(  # noqa: PLR0913 - the parts of the slice, each by name
    *,
    database: Database,
    disk: Disk,
    events: Events,
    completion: Completion,
    conversations: ConversationService,
    names: Names,
    voices: Voices,
    screening: Screening | None,
    max_content_chars: int,
) -> Messages:
    """Put the slice together."""
    store = PostgresMessages(database, names)
    writer = GroupCommitWriter(database, store, events, disk)
    service = MessageService(
        conversations=conversations,
        store=store,
        outgoing=writer,
        events=events,
        completion=completion,
        voices=voices,
        screening=screening,
        max_content_chars=max_content_chars,
    )
    return Messages(service=service, writer=writer, store=store)


def listen(hub: Hub, events: Events) -> None:
    """Bring what happens to messages to the hub."""
    Broadcast(hub).listen(events)


__all__ = ["MIGRATIONS", "Messages", "build", "listen", "teach_v2"]
