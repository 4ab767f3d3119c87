"""Invitations over HTTP: ``/auth/invitations``."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.service import AccountService
from causerie.accounts.wire import (
    InvitationItems,
    InviteBody,
    NewInvitationBody,
    invitation_body,
)
from causerie.gateway.http import Acting, positive_id


def invitation_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""
    invitations = accounts.invitations

    @get("/auth/invitations", summary="Invitations that have not expired")
    async def list_invitations(principal: Acting) -> InvitationItems:
        """List one's own, or everybody's for who manages users."""
        found = await invitations.list_of(principal)
        return InvitationItems([invitation_body(one) for one in found])

    @post("/auth/invitations", status_code=201, summary="Invite somebody to the server")
    async def invite(principal: Acting, data: JSONBody[InviteBody]) -> NewInvitationBody:
        """Make a code by which accounts can be registered; needs a step-up. It is shown this once."""
        code, made = await invitations.create(
            principal, note=data.note, uses=data.uses, days=data.expires_in_days
        )
        return NewInvitationBody(code, invitation_body(made))

    @delete("/auth/invitations/{invitation_id:str}", summary="Take an invitation back")
    async def revoke(principal: Acting, invitation_id: FromPath[str]) -> None:
        """End an invitation at once; accounts that it made stay."""
        await invitations.revoke(principal, positive_id(invitation_id, resource="invitation"))

    return [list_invitations, invite, revoke]
