"""Forgotten passwords over HTTP: ``/auth/password/forgot`` and ``reset``, and a page to do it."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Response, get, post
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.origins import counted, origin_of
from causerie.accounts.api_http.reset_page import PAGE, POLICY
from causerie.accounts.model import RESET_SECONDS
from causerie.accounts.service import AccountService
from causerie.accounts.wire import AskedBody, ForgotBody, ResetBody
from causerie.gateway.http import AUTH, PUBLIC, AnyRequest, ClientAddress


def password_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""

    @post("/auth/password/forgot", opt=AUTH, status_code=202, summary="Ask for a new password")
    async def forgot(
        data: JSONBody[ForgotBody], request: AnyRequest, client_address: ClientAddress
    ) -> AskedBody:
        """Send a letter with a link to whoever has this username or address, if anybody has.

        The answer is the same either way.
        """
        await accounts.resets.request(data.account, origin_of(request, client_address))
        return AskedBody(RESET_SECONDS)

    @post("/auth/password/reset", opt=AUTH, status_code=204, summary="Set a new password")
    @counted
    async def reset(
        data: JSONBody[ResetBody], request: AnyRequest, client_address: ClientAddress
    ) -> None:
        """Set a new password by the letter's token; all sessions end."""
        await accounts.resets.redeem(
            data.token, data.new_password, origin_of(request, client_address)
        )

    @get("/reset-password", opt=PUBLIC, media_type="text/html", include_in_schema=False)
    async def page() -> Response[str]:
        return Response(PAGE, media_type="text/html", headers={"content-security-policy": POLICY})

    return [forgot, reset, page]
