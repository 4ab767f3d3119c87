"""Builds the limits of this server from its settings and its database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass

import structlog
from litestar import Controller

from causerie.foundation.cache import Cache
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.postgres import Database, MigrationSource
from causerie.foundation.telemetry import metrics
from causerie.limits.api_http import limit_routes
from causerie.limits.jobs import follow_changes, remove_idle_keys, remove_old
from causerie.limits.model import Action, LimitOptions, default_rules, network_of
from causerie.limits.service import (
    ActionLimits,
    Behaviour,
    BlockBook,
    BlockService,
    CountedRequests,
    Guesses,
    LimitBook,
    Limiter,
    LimitService,
    Tightening,
    TrustBook,
)
from causerie.limits.service.limiter import NOBODY
from causerie.limits.service.sharing import Sharing
from causerie.limits.store import RedisTallies, StoredBlocks, StoredGuesses, StoredRules

log = structlog.get_logger()

MIGRATIONS = MigrationSource(schema="limits", package="causerie.limits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The slice, put together; ``workers`` are the loops that assembly gives to the workers."""

    book: LimitBook
    service: LimitService
    trust: TrustBook
    actions: ActionLimits
    requests: CountedRequests
    guesses: Guesses
    behaviour: Behaviour
    tightening: Tightening
    workers: Mapping[str, Callable[[], Awaitable[None]]]

    @property
    def messages(self) -> Limiter[UserId]:
        """The limit on sends, which is asked for each of them."""
        return self.book.of_users(Action.MESSAGES)

    @property
    def room_calls(self) -> Limiter[ConversationId]:
        """The limit on calling all of a room."""
        return self.book.of_rooms(Action.ROOM_CALLS)

    def require_connection(self, address: str) -> None:
        """Count a socket that somebody asks for. Raises ``RateLimited``."""
        self.book.of_addresses(Action.CONNECTIONS).require(network_of(address))

    @property
    def routes(self) -> type[Controller]:
        """The routes of HTTP."""
        return limit_routes(self.service, self.behaviour, self.tightening.gauge)


def build_guesses(database: Database, *, events: Events, clock: Clock) -> Guesses:
    """Build what bounds the guesses at passwords and codes."""
    return Guesses(StoredGuesses(database), events=events, clock=clock)


def build_book(
    options: LimitOptions,
    *,
    clock: Clock,
    trust: TrustBook | None = None,
    blocked: Mapping[Hashable, float] = NOBODY,
    on_refused: Callable[[str, Hashable, bool], None] | None = None,
    sharing: Sharing | None = None,
) -> LimitBook:
    """Build the limits as they are by default, of this process alone or shared with other nodes."""
    return LimitBook(
        default_rules(options),
        clock=clock,
        trust=trust or TrustBook(),
        blocked=blocked,
        on_refused=on_refused or _note,
        sharing=sharing,
    )


def build(
    database: Database,
    options: LimitOptions,
    *,
    events: Events,
    completion: Completion,
    clock: Clock,
    cache: Cache | None = None,
) -> Limits:
    """Build the slice. What admins changed is read by its workers, or by ``service.refresh``."""
    trust = TrustBook()
    blocked = BlockBook(clock)
    blocks = BlockService(
        StoredBlocks(database), blocked, events=events, completion=completion, clock=clock
    )
    behaviour = Behaviour(
        blocks.offend, blocked, messages=lambda: book.of_users(Action.MESSAGES), clock=clock
    )

    def note(limit: str, key: Hashable, is_first: bool) -> None:  # noqa: FBT001 - a callback's
        _note(limit, key, is_first)
        behaviour.note_refusal(Action(limit), key)

    sharing = None if cache is None else Sharing(RedisTallies(cache), clock)
    book = build_book(
        options, clock=clock, trust=trust, blocked=blocked.until, on_refused=note, sharing=sharing
    )
    guesses = build_guesses(database, events=events, clock=clock)
    service = LimitService(
        book, StoredRules(database), blocks, events=events, completion=completion
    )
    tightening = Tightening(book, clock=clock, queue_depth=metrics.WRITER_QUEUE_DEPTH.now)
    workers: dict[str, Callable[[], Awaitable[None]]] = {
        "limits_upkeep": lambda: remove_idle_keys(
            lambda: book.remove_idle() + blocked.remove_ended() + behaviour.remove_idle()
        ),
        "blocks": blocks.run,
        "guesses_upkeep": lambda: remove_old(guesses.remove_old),
        "limits_changes": lambda: follow_changes(service.refresh),
    }
    if sharing is not None:
        workers["limits_sharing"] = sharing.run
    if options.is_adaptive:
        workers["limits_load"] = tightening.run
    return Limits(
        book=book,
        service=service,
        trust=trust,
        actions=ActionLimits(book),
        requests=CountedRequests(book),
        guesses=guesses,
        behaviour=behaviour,
        tightening=tightening,
        workers=workers,
    )


def _note(limit: str, key: Hashable, is_first: bool) -> None:  # noqa: FBT001 - a callback's
    metrics.RATE_LIMITED.labels(limit).inc()
    if is_first:
        log.info("limit_exceeded", limit=limit, key=str(key))
