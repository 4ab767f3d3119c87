"""Who talks to whom: builds one node out of the slices, on an open database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Controller

from causerie.accounts import wiring as accounts_wiring
from causerie.accounts.wiring import Accounts
from causerie.assembly import tongues
from causerie.assembly.around import build_around
from causerie.assembly.auditing import listen_for_attacks
from causerie.assembly.cluster import build_hub
from causerie.assembly.counting import observe_node
from causerie.assembly.doorkeeping import build_doors, doorkeepers_routes
from causerie.assembly.filing import build_files
from causerie.assembly.ground import Ground, build_ground
from causerie.assembly.health import build_health
from causerie.assembly.limiting import limit_commands, watch_messages
from causerie.assembly.names import UsersNames, UsersSenders
from causerie.assembly.notifying import (
    CommittedSpeech,
    ReportersNotices,
    WebhookNotices,
    build_notifications,
)
from causerie.assembly.options import account_options, trusted_proxies
from causerie.assembly.rpc import Grpc, build_grpc, stream_words
from causerie.assembly.settings import Settings
from causerie.assembly.siblings import NO_SIBLINGS, Siblings
from causerie.assembly.slices import Slices
from causerie.assembly.storage import Storage
from causerie.assembly.watch import DatabaseReturned
from causerie.assembly.webhooks import connect_webhooks
from causerie.assembly.working import add_workers
from causerie.audit.wiring import AuditTrail
from causerie.conversations import wiring as conversations_wiring
from causerie.conversations.wiring import Conversations, Welcome
from causerie.dialects import wiring as dialects_wiring
from causerie.files.wiring import Files
from causerie.foundation.completion import Completion
from causerie.foundation.jobs import JobQueue
from causerie.foundation.realtime import Hub
from causerie.foundation.workers import Workers
from causerie.gateway import v2
from causerie.gateway.crew import Crew
from causerie.gateway.doors import Doors
from causerie.gateway.health import Health
from causerie.gateway.http import AtOnce, SocketDescription, build_app
from causerie.gateway.router import Router
from causerie.gateway.scopes import hold_keys
from causerie.gateway.traced import trace_commands
from causerie.limits.wiring import Limits as RateLimits
from causerie.messages import wiring as messages_wiring
from causerie.messages.wiring import Messages
from causerie.moderation import wiring as moderation_wiring
from causerie.moderation.wiring import Conduct, Filtering
from causerie.notifications.wiring import Notifications
from causerie.webhooks.wiring import Webhooks

Entrance = tuple[Doors, Hub, Welcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node, put together and not yet serving."""

    app: AtOnce
    doors: Doors
    workers: Workers
    crew: Crew
    completion: Completion
    health: Health
    limits: RateLimits
    accounts: Accounts
    conversations: Conversations
    files: Files
    filtering: Filtering
    messages: Messages
    audit: AuditTrail
    conduct: Conduct
    sockets: SocketDescription
    jobs: JobQueue
    webhooks: Webhooks
    notifications: Notifications
    grpc: Grpc


async def build_node(
    settings: Settings, storage: Storage, siblings: Siblings = NO_SIBLINGS
) -> Node:
    """Build all slices and connect them. Raises what the slices raise for the operator."""
    ground = build_ground(settings, storage, siblings)
    await ground.limits.service.refresh()
    slices = await _slices(settings, storage, ground)
    doors, hub, welcome = _doors(settings, ground, slices, storage)
    observe_node(settings, storage, ground, doors)
    slices.accounts.service.devices.watch_sockets(doors.logins)
    add_workers(ground, slices, storage)
    notifications = slices.notifications
    webhooks = connect_webhooks(
        settings, storage, ground, slices, WebhookNotices(notifications.noticer)
    )
    listen_for_attacks(ground.events, ground.audit, ground.limits.service.blocks)
    roll = doorkeepers_routes(doors, slices.accounts)
    health = build_health(settings, storage, ground, slices.files.checks)
    return Node(
        app=_app(settings, ground, slices, health, [*webhooks.routes, notifications.routes, roll]),
        doors=doors,
        workers=ground.workers,
        crew=ground.crew,
        completion=ground.completion,
        health=health,
        limits=ground.limits,
        accounts=slices.accounts,
        conversations=slices.conversations,
        files=slices.files,
        filtering=slices.filtering,
        messages=slices.messages,
        audit=ground.audit,
        conduct=slices.conduct,
        sockets=ground.sockets,
        jobs=ground.jobs,
        webhooks=webhooks,
        notifications=notifications,
        grpc=build_grpc(settings, ground, slices, doors, hub, welcome, health),
    )


async def _slices(settings: Settings, storage: Storage, ground: Ground) -> Slices:
    wording = moderation_wiring.build_wording(settings.security)
    screened = wording if settings.security.content_filtering else None
    accounts = await accounts_wiring.build(
        storage.database,
        account_options(settings),
        events=ground.events,
        completion=ground.completion,
        guesses=ground.limits.guesses,
        wording=screened,
        clock=ground.clock,
        cache=storage.cache,
    )
    conversations = conversations_wiring.build(
        database=storage.database,
        events=ground.events,
        completion=ground.completion,
        limits=ground.limits.actions,
        voices=accounts.restrictions,
        wording=screened,
    )
    around = build_around(settings, storage, ground, accounts, conversations)
    filtering = await moderation_wiring.build_filtering(
        database=storage.database, conversations=conversations.service, wording=wording
    )
    files = build_files(settings, storage, ground, accounts)
    messages = messages_wiring.build(
        database=storage.database,
        disk=storage.disk,
        events=ground.events,
        completion=ground.completion,
        conversations=conversations.service,
        names=UsersNames(accounts.service.directory),
        senders=UsersSenders(accounts.service),
        clock=ground.clock,
        caches=ground.caches,
        voices=accounts.restrictions,
        room_calls=ground.limits.room_calls,
        screening=filtering.screener if settings.security.content_filtering else None,
        max_content_chars=settings.limits.max_message_length,
        has_reactions=settings.features.message_reactions,
        has_pins=settings.features.pinned_messages,
        has_threads=settings.features.message_threads,
        has_files=settings.features.file_uploads,
        has_mentions=settings.features.user_mentions,
    )
    speech, lookups = CommittedSpeech(conversations, messages), around.presences.lookups
    notifications = build_notifications(settings, storage, ground, accounts, speech, lookups)
    conduct = moderation_wiring.build_conduct(
        database=storage.database,
        messages=messages.service,
        learning=filtering.learning,
        accounts=accounts.service,
        restrictions=accounts.restrictions,
        conversations=conversations.service,
        events=ground.events,
        completion=ground.completion,
        clock=ground.clock,
        jobs=ground.jobs,
        notices=ReportersNotices(notifications.noticer),
    )
    return Slices(
        accounts=accounts,
        conversations=conversations,
        around=around,
        files=files,
        filtering=filtering,
        messages=messages,
        conduct=conduct,
        notifications=notifications,
    )


def _doors(settings: Settings, ground: Ground, slices: Slices, storage: Storage) -> Entrance:
    """Connect the slices with the sockets: what is said, who hears it, and who may come in."""
    accounts, conversations, messages = slices.accounts, slices.conversations, slices.messages
    vocabulary = ground.sockets.vocabulary
    tongues.teach_v2(vocabulary)
    dialects = dialects_wiring.build(ground.events)
    encoders = tongues.encoders(vocabulary, dialects, stream_words(settings))
    hub = build_hub(ground, storage, slices, encoders)
    accounts_wiring.listen(hub, ground.events)
    conversations_wiring.listen(hub, ground.events)
    conversations_wiring.tell_later(hub, ground.events, conversations, ground.workers)
    messages_wiring.listen(hub, ground.events, storage.database)
    slices.notifications.connect(hub, ground.events, ground.job_runner, ground.workers)
    slices.around.attend(hub, ground)
    ground.events.listen(DatabaseReturned, lambda _: hub.doubt_all())

    router = _router(ground, slices, hub)
    welcome = conversations.welcome(
        hub, ground.clock, heartbeat_interval_seconds=round(settings.server.heartbeat_interval)
    )
    older = dialects.v1(
        messages=messages.service,
        conversations=conversations.service,
        followers=welcome,
        limit=ground.limits.messages,
        actions=ground.limits.actions,
        max_message_bytes=settings.limits.message_bytes_v1,
    )
    channels = tongues.channels(
        dialects_wiring.PhoenixNeeds(
            database=storage.database,
            hub=hub,
            router=router,
            events=ground.events,
            conversations=conversations.service,
            messages=messages.service,
            words=vocabulary,
            desk=slices.notifications.desk,
            max_message_bytes=settings.limits.message_bytes,
        ),
        slices.around.presences,
        ground.workers,
    )
    paths = tongues.doors(
        router,
        welcome,
        dialects,
        older,
        channels,
        positions=welcome.positions,
        max_message_bytes=settings.limits.message_bytes,
    )
    attendance = channels.attendance
    keeper = build_doors(
        settings,
        ground,
        accounts,
        hub,
        doors=paths,
        attendance=attendance,
        watching=slices.notifications.sockets,
        cache=storage.cache,
    )
    return keeper, hub, welcome


def _router(ground: Ground, slices: Slices, hub: Hub) -> Router:
    """Gather the commands of v2, and have them counted."""
    router = ground.sockets.router
    router.register("ping", v2.Ping, v2.answer_ping)
    slices.conversations.commands.register(router, slices.messages.thread_positions)
    slices.around.presences.commands.register(router)
    slices.messages.register(router, slices.conversations.service, hub, ground.limits.messages)
    slices.conduct.commands.register(router)
    hold_keys(router)
    limit_commands(router, ground.limits.actions)
    trace_commands(router)
    watch_messages(ground.events, ground.limits.behaviour)
    return router


def _app(
    settings: Settings,
    ground: Ground,
    slices: Slices,
    health: Health,
    more_routes: Sequence[type[Controller]],
) -> AtOnce:
    return build_app(
        [
            *slices.accounts.routes,
            *slices.conversations.routes,
            slices.around.presences.routes,
            *slices.around.reading.routes,
            *slices.files.routes(ground.limits.actions),
            slices.filtering.routes,
            *slices.messages.routes(ground.limits.messages),
            ground.limits.routes,
            ground.audit.route,
            *slices.conduct.routes,
            *more_routes,
        ],
        authenticator=slices.accounts.service,
        admission=ground.limits.requests,
        lookout=ground.audit.watch,
        cookies=slices.accounts.cookies,
        health=health,
        render_metrics=ground.siblings.render_metrics,
        sockets=ground.sockets,
        is_production=settings.server.environment == "production",
        is_https_asked_for=settings.is_https_asked_for,
        trusted_proxies=trusted_proxies(settings),
        allowed_origins=settings.security.allowed_origins,
    )
