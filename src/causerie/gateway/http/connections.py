"""Who is connected, for admins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Annotated

import msgspec
from litestar import Controller, get

from causerie.foundation.errors import Forbidden
from causerie.foundation.identity import UserId
from causerie.foundation.paging import require_limit
from causerie.gateway.http.paging import at_most
from causerie.gateway.http.requests import Acting
from causerie.gateway.roll import MAX_LISTED, NodeCount, Roll

OBSERVE = "server.observe"  # The permission; accounts' catalogue has it by the same name.
DEFAULT_LISTED = 50

Look = Callable[[int], Awaitable[Roll]]
NamesOf = Callable[[Collection[UserId]], Awaitable[Mapping[UserId, str]]]
PageLimit = Annotated[int, at_most(MAX_LISTED)]


class WireUserCount(msgspec.Struct, frozen=True):
    """How many sockets a user has, on all nodes."""

    user_id: int
    username: str | None
    connections: int


class WireAddressCount(msgspec.Struct, frozen=True):
    """How many sockets a client address has, on all nodes."""

    address: str
    connections: int


class WireConnections(msgspec.Struct, frozen=True):
    """Who has most sockets; ``is_whole`` is false while this node alone is known."""

    is_whole: bool
    nodes: list[NodeCount]
    users: list[WireUserCount]
    addresses: list[WireAddressCount]


def connection_routes(look: Look, names_of: NamesOf) -> type[ConnectionController]:
    """The controller for these functions; Litestar makes the instance."""
    parts = {"look": staticmethod(look), "names_of": staticmethod(names_of)}
    return type("Connections", (ConnectionController,), parts)


class ConnectionController(Controller):
    """The routes of connections; they need the permission ``server.observe``."""

    path = "/api/v2/admin/connections"
    tags = ("administration",)

    look: Look
    names_of: NamesOf

    @get()
    async def list_connections(
        self, principal: Acting, limit: PageLimit = DEFAULT_LISTED
    ) -> WireConnections:
        """List the users and the addresses with most sockets, on all nodes, the highest first."""
        if not principal.may(OBSERVE):
            raise Forbidden("Only who may observe the server may do this")
        require_limit(limit, MAX_LISTED)
        roll = await self.look(limit)
        names = await self.names_of(roll.users)
        return WireConnections(
            roll.is_whole,
            list(roll.nodes),
            [WireUserCount(id_, names.get(id_), count) for id_, count in roll.users.items()],
            [WireAddressCount(address, count) for address, count in roll.addresses.items()],
        )
