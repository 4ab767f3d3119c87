"""Who talks to whom: builds one node out of the slices, on an open database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from typing_extensions import override

import causerie
from causerie.accounts import (
    AccessTokenRevoked,
    Registration,
    SessionRevoked,
    UserDirectory,
)
from causerie.accounts import wiring as accounts_wiring
from causerie.accounts.wiring import AccountOptions, Accounts
from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage
from causerie.conversations import wiring as conversations_wiring
from causerie.conversations.wiring import Conversations
from causerie.dialects import wiring as dialects_wiring
from causerie.foundation.clock import Clock, SystemClock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import DiskState
from causerie.foundation.realtime import Encoder, Hub, MemoryBus, Tick
from causerie.foundation.telemetry.statistics import report_statistics
from causerie.foundation.workers import Workers
from causerie.gateway import v2
from causerie.gateway.addresses import TrustedProxies
from causerie.gateway.crew import Crew
from causerie.gateway.doors import Door, Doors, Limits
from causerie.gateway.echo import EchoReceiver
from causerie.gateway.health import (
    DatabaseCheck,
    DiskCheck,
    FlagCheck,
    Health,
    HealthCheck,
    MemoryCheck,
    WorkersCheck,
)
from causerie.gateway.http import build_app
from causerie.gateway.router import Router
from causerie.gateway.server import Application
from causerie.gateway.vocabulary import Vocabulary
from causerie.limits import wiring as limits_wiring
from causerie.messages import Names
from causerie.messages import wiring as messages_wiring
from causerie.messages.wiring import Messages

# Commands of v2 that belong to features of later versions, beside those of messages.
LATER_COMMANDS = ("set_presence",)


class UsersNames(Names):
    """Messages ask for usernames; accounts keep them."""

    def __init__(self, directory: UserDirectory) -> None:
        self._directory = directory

    @override
    async def names_of(self, ids: Collection[UserId]) -> Mapping[UserId, str]:
        users = await self._directory.get_many(ids)
        return {user_id: user.username for user_id, user in users.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node, put together and not yet serving."""

    app: Application
    doors: Doors
    workers: Workers
    crew: Crew
    completion: Completion
    health: Health
    accounts: Accounts
    conversations: Conversations
    messages: Messages


async def build_node(settings: Settings, storage: Storage) -> Node:
    """Build all slices and connect them. Raises what the slices raise for the operator."""
    clock = SystemClock()
    events = Events()
    workers = Workers(clock=clock)
    crew = Crew()
    tick = Tick(asyncio.get_running_loop())
    completion = Completion()
    limits = limits_wiring.build(
        auth_attempts_per_minute=settings.limits.auth_attempts_per_minute,
        max_messages_per_minute=settings.limits.max_messages_per_minute,
        clock=clock,
    )

    accounts = await accounts_wiring.build(
        storage.database,
        account_options(settings),
        events=events,
        attempts=limits.auth_attempts,
        completion=completion,
        clock=clock,
    )
    conversations = conversations_wiring.build(
        database=storage.database, events=events, completion=completion
    )
    messages = messages_wiring.build(
        database=storage.database,
        disk=storage.disk,
        events=events,
        conversations=conversations.service,
        names=UsersNames(accounts.service.directory),
        screening=None,
        max_content_chars=settings.limits.max_message_length,
    )

    vocabulary = Vocabulary()
    conversations_wiring.teach_v2(vocabulary)
    messages_wiring.teach_v2(vocabulary)
    dialects = dialects_wiring.build(events)
    encoders: dict[str, Encoder] = {v2.NAME: vocabulary, **dialects.encoders}
    hub = Hub(MemoryBus(), messages.source(conversations.topics), encoders)
    conversations_wiring.listen(hub, events)
    messages_wiring.listen(hub, events)

    router = Router()
    conversations.commands.register(router)
    messages.commands(conversations.service, hub, limits.messages).register(router)
    router.leave_out(*LATER_COMMANDS)
    welcome = conversations.welcome(
        hub, clock, heartbeat_interval_seconds=round(settings.server.heartbeat_interval)
    )
    tongue = v2.V2(router, welcome, max_message_bytes=settings.limits.max_message_size)
    older = dialects.v1(
        messages=messages.service,
        conversations=conversations.service,
        followers=welcome,
        limit=limits.messages,
        max_message_bytes=settings.limits.max_message_size_v1,
    )
    trusted = TrustedProxies([str(network) for network in settings.server.trusted_proxies])
    doors = Doors(
        doors={
            "/ws/v2": Door(tongue, (v2.SUBPROTOCOL,)),
            "/ws/v1": Door(older),
            "/": Door(dialects.either(old=older, new=tongue), (v2.SUBPROTOCOL,)),
        },
        open_doors=_echo(settings),
        authenticator=accounts.service,
        is_revoked=accounts.service.is_revoked,
        hub=hub,
        tick=tick,
        crew=crew,
        limits=Limits(
            in_all=settings.server.max_connections,
            per_user=settings.limits.max_connections_per_user,
            per_address=settings.limits.max_connections_per_ip,
        ),
        allowed_origins=settings.security.allowed_origins,
        trusted_proxies=trusted,
    )
    events.listen(SessionRevoked, lambda event: doors.end_session(event.user_id, event.session))
    events.listen(AccessTokenRevoked, lambda event: doors.end_token(event.token))

    workers.add("sockets", crew.run)
    workers.add("catch_up", hub.run)
    workers.add("message_writer", messages.writer.run)
    workers.add("accounts_upkeep", accounts.run)
    workers.add("limits_upkeep", limits.run)
    workers.add("statistics", report_statistics)
    health = _health(settings, storage, workers, clock)
    app = build_app(
        [*accounts.routes, conversations.routes, messages.routes(limits.messages)],
        authenticator=accounts.service,
        health=health,
        is_production=settings.server.environment == "production",
        trusted_proxies=trusted,
        allowed_origins=settings.security.allowed_origins,
    )
    return Node(
        app=app,
        doors=doors,
        workers=workers,
        crew=crew,
        completion=completion,
        health=health,
        accounts=accounts,
        conversations=conversations,
        messages=messages,
    )


def account_options(settings: Settings) -> AccountOptions:
    """Give accounts the settings that they know."""
    security = settings.security
    return AccountOptions(
        data_dir=settings.server.data_dir,
        master_key=security.master_key,
        jwt_secret=security.jwt_secret,
        jwt_algorithm=security.jwt_algorithm,
        jwt_issuer=security.jwt_issuer,
        jwt_audience=security.jwt_audience,
        access_seconds=round(security.jwt_access_duration),
        refresh_seconds=round(security.jwt_refresh_duration),
        password_memory_kib=security.password_memory_kib,
        password_iterations=security.password_iterations,
        bcrypt_cost=security.bcrypt_cost,
        registration=Registration(security.registration),
    )


def _health(settings: Settings, storage: Storage, workers: Workers, clock: Clock) -> Health:
    checks: list[HealthCheck] = [
        DatabaseCheck(storage.database),
        MemoryCheck(),
        WorkersCheck(workers),
        FlagCheck("writer", lambda: storage.disk.state is DiskState.OK),
    ]
    if storage.embedded is not None:
        checks.append(DiskCheck(settings.server.data_dir, storage.disk))
    return Health(
        checks,
        version=causerie.__version__,
        environment=settings.server.environment,
        clock=clock,
    )


def _echo(settings: Settings) -> Mapping[str, Callable[[], EchoReceiver]]:
    if not settings.testing.echo:
        return {}
    return {"/ws/echo": lambda: EchoReceiver(settings.limits.max_message_size)}
