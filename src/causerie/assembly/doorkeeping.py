"""Who may open a socket, how many at once, and whose sockets end when what let them in does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from causerie.accounts.wiring import Accounts
from causerie.assembly import tongues
from causerie.assembly.endings import end_sockets, renew_sockets
from causerie.assembly.ground import Ground
from causerie.assembly.names import UsersNames
from causerie.assembly.options import trusted_proxies
from causerie.assembly.settings import Settings
from causerie.assembly.siblings import make_name
from causerie.foundation.cache import Cache
from causerie.foundation.realtime import Hub, Tick
from causerie.gateway.doors import Doors
from causerie.gateway.elsewhere import SharedSessions
from causerie.gateway.http import ConnectionController, connection_routes
from causerie.gateway.paths import Door
from causerie.gateway.room import Limits
from causerie.gateway.session import Attendance
from causerie.notifications.wiring import OpenSockets


def build_doors(
    settings: Settings,
    ground: Ground,
    accounts: Accounts,
    hub: Hub,
    *,
    doors: Mapping[str, Door],
    attendance: Attendance,
    watching: OpenSockets,
    cache: Cache | None,
) -> Doors:
    """Stand at the paths of sockets; ``watching`` is shown who is behind them."""
    other_nodes = _other_nodes(ground, cache)
    watching.look_at(hub, other_nodes)
    keeper = Doors(
        doors=doors,
        open_doors=tongues.echo(settings),
        authenticator=accounts.service,
        is_revoked=accounts.service.is_revoked,
        is_banned=accounts.restrictions.is_banned,
        hub=hub,
        tick=Tick(asyncio.get_running_loop()),
        crew=ground.crew,
        limits=Limits(
            in_all=settings.server.max_connections,
            per_user=settings.limits.max_connections_per_user,
            per_address=settings.limits.max_connections_per_ip,
            require_attempt=ground.limits.require_connection,
            elsewhere=ground.siblings.sockets_elsewhere,
            other_nodes=other_nodes,
        ),
        allowed_origins=settings.security.allowed_origins,
        trusted_proxies=trusted_proxies(settings),
        is_https_asked_for=settings.is_https_asked_for,
        attendance=attendance,
        lookout=ground.audit.watch,
    )
    end_sockets(ground.events, keeper, accounts.restrictions)
    renew_sockets(ground.events, keeper, accounts.service)
    return keeper


def doorkeepers_routes(keeper: Doors, accounts: Accounts) -> type[ConnectionController]:
    """Who is connected, over HTTP."""
    return connection_routes(keeper.roll, UsersNames(accounts.service.directory).names_of)


def _other_nodes(ground: Ground, cache: Cache | None) -> SharedSessions | None:
    if cache is None:
        return None
    shared = SharedSessions(cache, ground.siblings.name or make_name())
    ground.siblings.when_one_ends(shared.forget)
    ground.workers.add("sessions_sharing", shared.run)
    return shared
