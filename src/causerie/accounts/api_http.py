"""Accounts over HTTP: ``/auth``, ``/api/v2/me``, ``/api/v2/users`` and the public keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

from litestar import Router, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromQuery, JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.model import JWKS_CACHE_SECONDS, TICKET_SECONDS, Origin, UserCard
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
from causerie.foundation.errors import Refusal, Unsupported
from causerie.foundation.telemetry import metrics
from causerie.gateway.http import PUBLIC, Acting, AnyRequest, ClientAddress
from causerie.limits import Limiter, network_of

MAX_USER_AGENT_CHARACTERS = 256  # Enough to tell a browser and its system; the rest is vanity.

P = ParamSpec("P")
T = TypeVar("T")


def account_routes(
    accounts: AccountService, attempts: Limiter[str]
) -> Sequence[ControllerRouterHandler]:
    """Make the handlers. ``attempts`` counts registrations and logins by IP address."""
    handlers = [*_doors(accounts, attempts), *_session_routes(accounts), *_user_routes(accounts)]
    return [Router("/", route_handlers=handlers, tags=["accounts"])]


def _doors(accounts: AccountService, attempts: Limiter[str]) -> Sequence[ControllerRouterHandler]:
    @post("/auth/register", opt=PUBLIC, status_code=201, summary="Make an account")
    @_counted
    async def register(
        data: JSONBody[RegisterBody], request: AnyRequest, client_address: ClientAddress
    ) -> LoggedInBody:
        attempts.require(network_of(client_address))
        return logged_in_body(
            await accounts.register(
                data.username, data.password, _origin(request, client_address), email=data.email
            )
        )

    @post("/auth/login", opt=PUBLIC, status_code=200, summary="Log in")
    @_counted
    async def login(
        data: JSONBody[LoginBody], request: AnyRequest, client_address: ClientAddress
    ) -> LoggedInBody:
        attempts.require(network_of(client_address))
        return logged_in_body(
            await accounts.login(data.username, data.password, _origin(request, client_address))
        )

    @post("/auth/refresh", opt=PUBLIC, status_code=200, summary="Renew the tokens")
    @_counted
    async def refresh(
        data: JSONBody[RefreshBody], request: AnyRequest, client_address: ClientAddress
    ) -> LoggedInBody:
        return logged_in_body(
            await accounts.refresh(data.refresh_token, _origin(request, client_address))
        )

    return [register, login, refresh]


def _session_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    @post("/auth/logout", status_code=204, summary="End this session")
    async def logout(principal: Acting) -> None:
        await accounts.logout(principal)

    @post("/auth/ticket", status_code=200, summary="A single-use ticket for a socket")
    async def ticket(principal: Acting) -> TicketBody:
        return TicketBody(ticket=await accounts.issue_ticket(principal), expires_in=TICKET_SECONDS)

    @post(
        ["/auth/2fa/enable", "/auth/2fa/verify", "/auth/2fa/disable", "/auth/2fa/backup-codes"],
        status_code=501,  # for the description
        summary="Two-factor authentication: not offered by this version",
    )
    async def two_factor(principal: Acting) -> None:  # noqa: ARG001 - asks for credentials
        raise Unsupported("This server does not offer two-factor authentication yet")

    return [logout, ticket, two_factor]


def _user_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    @get("/api/v2/me", summary="Who I am")
    async def me(principal: Acting) -> UserCard:
        return (await accounts.get_user(principal.user_id)).card()

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

    return [me, users, jwks]


def _origin(request: AnyRequest, client_address: str) -> Origin:
    return Origin(
        ip=client_address,
        user_agent=request.headers.get("user-agent", "")[:MAX_USER_AGENT_CHARACTERS],
    )


def _counted(handler: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Count an attempt with credentials, by how it ends."""

    @wraps(handler)
    async def counted(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            answer = await handler(*args, **kwargs)
        except Refusal:
            metrics.AUTH_ATTEMPTS.labels("failure").inc()
            raise
        metrics.AUTH_ATTEMPTS.labels("success").inc()
        return answer

    return counted
