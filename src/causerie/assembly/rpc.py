"""gRPC, where it is switched on. All of it is imported late: a server without it is none the bigger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from causerie.accounts import wiring as accounts_wiring
from causerie.accounts.wiring import Accounts
from causerie.assembly.ground import Ground
from causerie.assembly.options import trusted_proxies
from causerie.assembly.settings import Settings
from causerie.assembly.slices import Slices
from causerie.conversations import wiring as conversations_wiring
from causerie.conversations.wiring import Welcome
from causerie.foundation.realtime import Hub, Variant
from causerie.gateway.doors import Doors
from causerie.gateway.encryption import HttpsRule
from causerie.gateway.health import Health
from causerie.messages import wiring as messages_wiring
from causerie.notifications import wiring as notifications_wiring
from causerie.presence import wiring as presence_wiring

if TYPE_CHECKING:
    from causerie.gateway.grpc import Gate, GrpcServer

Grpc: TypeAlias = "GrpcServer | None"  # None: it is switched off.


def stream_words(settings: Settings) -> Mapping[str, Variant]:
    """How events are encoded for streams, where there are any."""
    if not settings.grpc.enabled:
        return {}
    from causerie.gateway.grpc import STREAM_DIALECT

    return {STREAM_DIALECT: conversations_wiring.stream_words()}


def build_grpc(  # noqa: PLR0917 - the parts of a node, in the order in which it is built
    settings: Settings,
    ground: Ground,
    slices: Slices,
    doors: Doors,
    hub: Hub,
    welcome: Welcome,
    health: Health,
) -> Grpc:
    """Put the server together; adds the worker ``grpc``. None: it is switched off."""
    if not settings.grpc.enabled:
        return None
    from causerie.gateway.grpc import GrpcServer, GrpcSettings

    wanted = settings.grpc
    server = GrpcServer(
        GrpcSettings(
            host=wanted.bind_addr.host,
            port=wanted.bind_addr.port,
            max_text_bytes=settings.limits.message_bytes,
            heartbeat_interval=settings.server.heartbeat_interval,
            tls_cert=wanted.tls_cert,
            tls_key=wanted.tls_key,
            client_ca=wanted.client_ca,
            is_shared=settings.server.workers != 1,
        ),
        [
            accounts_wiring.grpc_service(slices.accounts),
            conversations_wiring.grpc_service(slices.conversations),
            conversations_wiring.stream_service(welcome, hub),
            messages_wiring.grpc_service(slices.messages, ground.limits.messages),
            presence_wiring.grpc_service(slices.around.presences),
            notifications_wiring.grpc_service(slices.notifications),
        ],
        gate=_gate(settings, ground, slices.accounts),
        doors=doors,
        health=health,
    )
    ground.workers.add("grpc", server.run)
    return server


def _gate(settings: Settings, ground: Ground, accounts: Accounts) -> Gate:
    from causerie.gateway.grpc import Gate

    trusted = trusted_proxies(settings)
    return Gate(
        authenticator=accounts.service,
        admission=ground.limits.requests,
        lookout=ground.audit.watch,
        trusted=trusted,
        https=HttpsRule(trusted, is_asked_for=settings.is_https_asked_for),
        is_secure=settings.grpc.tls_cert is not None,
    )
