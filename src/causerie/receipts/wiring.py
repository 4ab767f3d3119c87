"""Builds the slice of receipts for assembly."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Controller

from causerie.conversations import ConversationService
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.postgres import Database, MigrationSource
from causerie.foundation.realtime import Hub
from causerie.foundation.remembering import Caches
from causerie.foundation.workers import Workers
from causerie.receipts.api_http import draft_routes, preference_routes, unread_routes
from causerie.receipts.broadcast import Broadcast, teach_v2
from causerie.receipts.ports import Roots, Tallies
from causerie.receipts.service.own import DraftService, PreferenceService
from causerie.receipts.service.recount import Recounter
from causerie.receipts.service.unread import UnreadService
from causerie.receipts.store.own import PostgresDrafts, PostgresPreferences
from causerie.receipts.store.positions import PostgresPositions
from causerie.receipts.store.remembered import RememberedPreferences

MIGRATIONS = MigrationSource(schema="receipts", package="causerie.receipts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The slice, put together."""

    unread: UnreadService
    preferences: PreferenceService
    drafts: DraftService
    recounter: Recounter
    stores: tuple[PostgresPreferences, PostgresDrafts]

    @property
    def routes(self) -> list[type[Controller]]:
        """The routes of HTTP."""
        return [
            unread_routes(self.unread),
            preference_routes(self.preferences),
            draft_routes(self.drafts),
        ]

    def attend(self, hub: Hub, events: Events, workers: Workers) -> None:
        """Bring what happens to the hub, and have what is shown as unread counted once more."""
        Broadcast(hub, *self.stores).listen(events)
        workers.add("unread_recount", self.recounter.run)


def build(  # noqa: PLR0913 - the parts of the slice, each by name
    *,
    database: Database,
    events: Events,
    completion: Completion,
    conversations: ConversationService,
    tallies: Tallies,
    roots: Roots,
    clock: Clock,
    caches: Caches,
    max_draft_chars: int,
) -> Reading:
    """Put the slice together."""
    positions = PostgresPositions(database)
    unread = UnreadService(
        conversations=conversations,
        positions=positions,
        tallies=tallies,
        events=events,
        completion=completion,
    )
    stores = PostgresPreferences(database), PostgresDrafts(database)
    preferences, begun = stores
    drafts = DraftService(
        conversations=conversations,
        roots=roots,
        store=begun,
        events=events,
        completion=completion,
        clock=clock,
        max_chars=max_draft_chars,
    )
    return Reading(
        unread=unread,
        preferences=PreferenceService(
            RememberedPreferences(preferences, caches, events), events, completion
        ),
        drafts=drafts,
        recounter=Recounter(positions, tallies),
        stores=stores,
    )


__all__ = ["MIGRATIONS", "Reading", "build", "teach_v2"]
