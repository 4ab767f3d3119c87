"""Register, log in, renew, log out, and who is who, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromQuery, JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.origins import counted, origin_of
from causerie.accounts.api_http.passkeys import Sites
from causerie.accounts.model import (
    JWKS_CACHE_SECONDS,
    TICKET_SECONDS,
    require_device_name,
)
from causerie.accounts.service import AccountService
from causerie.accounts.wire import (
    KeyItems,
    LoggedInBody,
    LoginBody,
    RefreshBody,
    RegisterBody,
    TicketBody,
    UserItems,
    logged_in_body,
)
from causerie.gateway.http import AUTH, PUBLIC, Acting, AnyRequest, ClientAddress


def door_routes(accounts: AccountService, sites: Sites) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""
    return [*_doors(accounts, sites), *_session_routes(accounts)]


def _doors(accounts: AccountService, sites: Sites) -> Sequence[ControllerRouterHandler]:
    @post("/auth/register", opt=AUTH, status_code=201, summary="Make an account")
    @counted
    async def register(
        data: JSONBody[RegisterBody], request: AnyRequest, client_address: ClientAddress
    ) -> LoggedInBody:
        device_name = require_device_name(data.device_name)
        origin = origin_of(request, client_address, device_name=device_name)
        return logged_in_body(
            await accounts.register(
                data.username,
                data.password,
                origin,
                email=data.email,
                invitation=data.invitation,
            )
        )

    @post("/auth/login", opt=AUTH, status_code=200, summary="Log in")
    @counted
    async def login(
        data: JSONBody[LoginBody], request: AnyRequest, client_address: ClientAddress
    ) -> LoggedInBody:
        device_name = require_device_name(data.device_name)
        origin = origin_of(request, client_address, device_name=device_name)
        return logged_in_body(
            await accounts.login(
                data.username,
                data.password,
                origin,
                code=data.code,
                shown=None if data.passkey is None else sites.shown(data.passkey, request),
            )
        )

    @post("/auth/refresh", opt=PUBLIC, status_code=200, summary="Renew the tokens")
    @counted
    async def refresh(
        data: JSONBody[RefreshBody], request: AnyRequest, client_address: ClientAddress
    ) -> LoggedInBody:
        return logged_in_body(
            await accounts.refresh(data.refresh_token, origin_of(request, client_address))
        )

    return [register, login, refresh]


def _session_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    @post("/auth/logout", status_code=204, summary="End this session")
    async def logout(principal: Acting) -> None:
        await accounts.logout(principal)

    @post("/auth/ticket", status_code=200, summary="A single-use ticket for a socket")
    async def ticket(principal: Acting) -> TicketBody:
        return TicketBody(ticket=await accounts.issue_ticket(principal), expires_in=TICKET_SECONDS)

    return [logout, ticket]


def user_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    """Make the handlers that API keys may use, too."""

    @get("/api/v2/users", summary="Users by their exact name, in any case")
    async def users(username: FromQuery[str]) -> UserItems:
        user = await accounts.find_by_username(username)
        return UserItems(items=[] if user is None else [user.card()])

    @get(
        "/.well-known/jwks.json",
        opt=PUBLIC,
        cache_control=CacheControlHeader(public=True, max_age=JWKS_CACHE_SECONDS),
        summary="The public keys of access tokens (RFC 7517)",
    )
    async def jwks() -> KeyItems:
        return KeyItems(keys=accounts.public_keys())

    return [users, jwks]
