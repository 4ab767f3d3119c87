"""Builds the slice of moderation for assembly."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Controller

from causerie.accounts import AccountService, Restrictions
from causerie.conversations import ConversationService
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.postgres import Database, MigrationSource
from causerie.moderation.api_http import sanction_routes
from causerie.moderation.service import SanctionService
from causerie.moderation.store import PostgresSanctions

MIGRATIONS = MigrationSource(schema="moderation", package="causerie.moderation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What is done about people: sanctions."""

    sanctions: SanctionService
    clock: Clock

    @property
    def routes(self) -> list[type[Controller]]:
        """The routes of HTTP."""
        return [sanction_routes(self.sanctions, self.clock)]


def build_conduct(
    *,
    database: Database,
    accounts: AccountService,
    restrictions: Restrictions,
    conversations: ConversationService,
    events: Events,
    completion: Completion,
    clock: Clock,
) -> Conduct:
    """Put together what is done about people."""
    sanctions = SanctionService(
        PostgresSanctions(database),
        accounts=accounts,
        restrictions=restrictions,
        conversations=conversations,
        events=events,
        completion=completion,
        clock=clock,
    )
    return Conduct(sanctions=sanctions, clock=clock)
