"""Logging in through an OpenID provider, over HTTP; there only where one is set."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import post
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.origins import counted, origin_of
from causerie.accounts.errors import OidcNotOffered
from causerie.accounts.service import OidcLogin
from causerie.accounts.wire import (
    LoggedInBody,
    OidcFinishBody,
    OidcStartedBody,
    logged_in_body,
)
from causerie.gateway.http import AUTH, AnyRequest, ClientAddress


def oidc_routes(oidc: OidcLogin | None) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""

    @post("/auth/oidc/start", opt=AUTH, status_code=200, summary="Log in through the provider")
    async def start() -> OidcStartedBody:
        authorization_url, flow = await _require(oidc).start()
        return OidcStartedBody(authorization_url=authorization_url, flow=flow)

    @post("/auth/oidc/finish", opt=AUTH, status_code=200, summary="Come back from the provider")
    @counted
    async def finish(
        data: JSONBody[OidcFinishBody], request: AnyRequest, client_address: ClientAddress
    ) -> LoggedInBody:
        login, origin = _require(oidc), origin_of(request, client_address)
        if data.otp is not None:
            return logged_in_body(
                await login.finish_with_code(data.flow, otp=data.otp, origin=origin)
            )
        return logged_in_body(
            await login.finish(data.flow, code=data.code, state=data.state, origin=origin)
        )

    return [start, finish]


def _require(oidc: OidcLogin | None) -> OidcLogin:
    if oidc is None:
        raise OidcNotOffered
    return oidc
