"""Builds the slice of moderation for assembly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from litestar import Controller
from litestar.types import ControllerRouterHandler

from causerie.accounts import AccountService, Restrictions
from causerie.conversations import ConversationService
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.jobs import JobQueue, JobRunner
from causerie.foundation.postgres import Database, MigrationSource
from causerie.foundation.workers import Workers
from causerie.messages import MessageService
from causerie.moderation.api_http import (
    appeal_route,
    filter_routes,
    people_route,
    report_routes,
    reputation_routes,
    sanction_routes,
)
from causerie.moderation.api_socket import ReportCommands
from causerie.moderation.jobs import (
    NoteQueue,
    RefusalCounter,
    following_kind,
    keep_reputations,
    keep_up,
)
from causerie.moderation.model import Action, ContentFilter, Policy, shipped_classifiers
from causerie.moderation.ports import ReportNotices
from causerie.moderation.service import (
    Following,
    Learning,
    ReportService,
    ReputationService,
    SanctionService,
    Screener,
    WordingFilter,
)
from causerie.moderation.store import (
    PostgresFilterStore,
    PostgresReports,
    PostgresReputations,
    PostgresSanctions,
)

MIGRATIONS = MigrationSource(schema="moderation", package="causerie.moderation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What is done about people: sanctions, reports, reputations."""

    accounts: AccountService
    sanctions: SanctionService
    reports: ReportService
    reputations: ReputationService
    refusals: RefusalCounter
    following: Following
    clock: Clock

    @property
    def routes(self) -> list[ControllerRouterHandler]:
        """The routes of HTTP."""
        return [
            appeal_route(self.accounts, self.sanctions, self.clock),
            sanction_routes(self.sanctions, self.clock),
            report_routes(self.reports),
            people_route(self.accounts),
            reputation_routes(self.reputations),
        ]

    @property
    def commands(self) -> ReportCommands:
        """The command of v2."""
        return ReportCommands(self.reports)

    def add_workers(self, workers: Workers, notes: NoteQueue, runner: JobRunner) -> None:
        """Hand over the background loops; what the filter records is counted at once."""
        runner.add([following_kind(self.following)])
        notes.tell(self.refusals.wake)
        workers.add("refusals", self.refusals.run)
        workers.add("reputations", lambda: keep_reputations(self.reputations))


def build_conduct(  # noqa: PLR0913 - the neighbours, each by name
    *,
    database: Database,
    messages: MessageService,
    learning: Learning,
    accounts: AccountService,
    restrictions: Restrictions,
    conversations: ConversationService,
    events: Events,
    completion: Completion,
    clock: Clock,
    jobs: JobQueue,
    notices: ReportNotices,
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
    table = PostgresReports(database, jobs)
    reports = ReportService(
        table,
        accounts=accounts,
        messages=messages,
        sanctions=sanctions,
        completion=completion,
        clock=clock,
    )
    following = Following(
        table, messages=messages, sanctions=sanctions, learning=learning, notices=notices
    )
    return Conduct(
        accounts=accounts,
        sanctions=sanctions,
        reports=reports,
        reputations=ReputationService(PostgresReputations(database), clock=clock),
        refusals=RefusalCounter(sanctions),
        following=following,
        clock=clock,
    )


class FilterSettings(Protocol):
    """What the server does where a room wants nothing else; words of ``Action``."""

    @property
    def filter_size(self) -> str:
        """Of size and encoding."""
        ...

    @property
    def filter_structure(self) -> str:
        """Of structure."""
        ...

    @property
    def filter_meaning(self) -> str:
        """Of meaning."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtering:
    """What is done about texts: the content filter, and what it learns."""

    screener: Screener
    learning: Learning
    notes: NoteQueue
    filter_store: PostgresFilterStore

    @property
    def routes(self) -> type[Controller]:
        """The routes of HTTP."""
        return filter_routes(self.screener)

    def add_workers(self, workers: Workers) -> None:
        """Hand over the background loops."""
        workers.add("filter_records", self.notes.run)
        workers.add(
            "filter_upkeep", lambda: keep_up(self.screener, self.learning, self.filter_store)
        )


def build_wording(security: FilterSettings) -> WordingFilter:
    """Make the filter itself, which conversations ask about names; the rest stands on them."""
    default = Policy(
        Action(security.filter_size),
        Action(security.filter_structure),
        Action(security.filter_meaning),
    )
    return WordingFilter(ContentFilter(shipped_classifiers()), default)


async def build_filtering(
    *, database: Database, conversations: ConversationService, wording: WordingFilter
) -> Filtering:
    """Put the filter together: with what rooms want, and what was learnt before."""
    store = PostgresFilterStore(database)
    notes = NoteQueue(store)
    content_filter, default = wording.content_filter, wording.default
    screener = Screener(
        content_filter, default=default, store=store, records=notes, conversations=conversations
    )
    learning = Learning(content_filter, store, fresh_classifiers=shipped_classifiers)
    await screener.refresh()
    await learning.refresh()
    return Filtering(screener=screener, learning=learning, notes=notes, filter_store=store)
