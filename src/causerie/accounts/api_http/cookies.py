"""Sessions in cookies, for pages in a browser: ``/auth/cookies`` and ``/api/csrf-token``."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.origins import counted, origin_of
from causerie.accounts.errors import RefreshTokenRefused
from causerie.accounts.service import AccountService
from causerie.accounts.wire import CookieBody, CookieSessionBody, CsrfBody
from causerie.foundation.errors import Forbidden, Unauthenticated
from causerie.gateway.http import (
    CSRF_HEADER,
    PUBLIC,
    Acting,
    AnyRequest,
    ClientAddress,
    CookieSessions,
)


def cookie_routes(
    accounts: AccountService, cookies: CookieSessions
) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""

    @get("/api/csrf-token", opt=PUBLIC, summary="What proves that a page of ours asks")
    async def csrf_token(request: AnyRequest) -> Response[CsrfBody]:
        """Give the token that requests with cookies send along as `X-CSRF-Token`.

        It belongs to a cookie that is set with it, and to the session; ask again after a login.
        """
        session = await _session_of(accounts, cookies.access_token(request.scope))
        token, made = cookies.csrf(request.scope, session)
        return Response(CsrfBody(token, CSRF_HEADER), cookies=made)

    @post("/auth/cookies", opt=PUBLIC, status_code=200, summary="Keep the session in cookies")
    @counted
    async def keep(
        request: AnyRequest,
        client_address: ClientAddress,
        data: JSONBody[CookieBody | None] = None,
    ) -> Response[CookieSessionBody]:
        """Spend a login's refresh token, or the cookie's, and put the new tokens into cookies.

        They are `HttpOnly` and `SameSite=Strict`: no script reads them, and no other site sends
        them. The token of `GET /api/csrf-token` is needed here too.
        """
        scope = request.scope
        cookies.require_own(scope)
        given = data.refresh_token if data is not None else None
        spent = given if given is not None else cookies.refresh_token(scope)
        if spent is None:
            raise RefreshTokenRefused
        logged_in = await accounts.refresh(spent, origin_of(request, client_address))
        principal = await accounts.authenticate_bearer(logged_in.access_token)
        token, made = cookies.opened(
            scope,
            session=principal.session,
            access=logged_in.access_token,
            refresh=logged_in.refresh_token,
            access_seconds=logged_in.expires_in,
        )
        body = CookieSessionBody(logged_in.user.card(), token, logged_in.expires_in)
        return Response(body, cookies=made)

    return [csrf_token, keep, _forget_route(accounts, cookies)]


def _forget_route(accounts: AccountService, cookies: CookieSessions) -> ControllerRouterHandler:
    @delete("/auth/cookies", status_code=204, summary="End this session and its cookies")
    async def forget(principal: Acting, request: AnyRequest) -> Response[None]:
        await accounts.logout(principal)
        gone: list[Cookie] = cookies.closed(request.scope)
        return Response(None, status_code=204, cookies=gone)

    return forget


async def _session_of(accounts: AccountService, token: str | None) -> str | None:
    if token is None:
        return None
    try:
        return (await accounts.authenticate_bearer(token)).session
    except (Unauthenticated, Forbidden):
        return None  # Over, or banned: the page renews it, or somebody logs in.
