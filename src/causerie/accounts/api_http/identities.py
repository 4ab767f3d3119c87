"""Logins from outside that open one's account, over HTTP: ``/auth/oidc/identities``."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.origins import counted, origin_of, proof_of
from causerie.accounts.service import LinkedIdentities
from causerie.accounts.wire import (
    IdentityBody,
    IdentityItems,
    LinkFinishBody,
    OidcStartedBody,
    ProofBody,
    identity_body,
)
from causerie.gateway.http import AUTH_TIER, Acting, AnyRequest, ClientAddress, positive_id


def identity_routes(identities: LinkedIdentities) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""

    @get("/auth/oidc/identities", summary="What opens my account from outside")
    async def show(principal: Acting) -> IdentityItems:
        """List the logins of other systems that open one's account."""
        return IdentityItems(
            [identity_body(i) for i in await identities.list_of(principal.user_id)]
        )

    @post("/auth/oidc/identities/start", opt=AUTH_TIER, status_code=200, summary="Link: begin")
    @counted
    async def start(
        principal: Acting,
        request: AnyRequest,
        client_address: ClientAddress,
        data: JSONBody[ProofBody | None] = None,
    ) -> OidcStartedBody:
        """Begin to link a login of the provider to one's account.

        Needs a step-up, or the proof itself. The flow is good for this session, for ten minutes.
        """
        authorization_url, flow = await identities.start(
            principal, proof_of(data), origin_of(request, client_address)
        )
        return OidcStartedBody(authorization_url=authorization_url, flow=flow)

    @post("/auth/oidc/identities/finish", opt=AUTH_TIER, status_code=200, summary="Link: end")
    @counted
    async def finish(
        principal: Acting,
        data: JSONBody[LinkFinishBody],
        request: AnyRequest,
        client_address: ClientAddress,
    ) -> IdentityBody:
        """Link whom the provider names: it opens this account from now on."""
        linked = await identities.finish(
            principal,
            data.flow,
            code=data.code,
            state=data.state,
            origin=origin_of(request, client_address),
        )
        return identity_body(linked)

    @delete("/auth/oidc/identities/{identity_id:str}", status_code=204, summary="Unlink")
    async def remove(
        principal: Acting,
        identity_id: FromPath[str],
        request: AnyRequest,
        client_address: ClientAddress,
    ) -> None:
        """Unlink a login; needs a step-up, and another way into the account.

        Sessions that it opened go on: end them under `/auth/sessions`.
        """
        number = positive_id(identity_id, resource="identity")
        await identities.remove(principal, number, origin_of(request, client_address))

    return [show, start, finish, remove]
