"""How invitations look over HTTP."""

from __future__ import annotations

import msgspec

from causerie.accounts.model import DEFAULT_INVITATION_DAYS, Invitation
from causerie.accounts.wire.doors import Body
from causerie.foundation.clock import rfc3339


class InviteBody(Body, frozen=True):
    """``POST /auth/invitations``; ``uses`` is how many accounts it may make."""

    note: str = ""
    uses: int = 1
    expires_in_days: int = DEFAULT_INVITATION_DAYS


class InvitationBody(msgspec.Struct, frozen=True):
    """An invitation in a list; ``created_by`` is null where the operator made it."""

    id: int
    note: str
    uses: int
    max_uses: int
    created_by: int | None
    created_at: str
    expires_at: str


class NewInvitationBody(msgspec.Struct, frozen=True):
    """An invitation that was just made; ``code`` is shown this once."""

    code: str
    invitation: InvitationBody


class InvitationItems(msgspec.Struct, frozen=True):
    """A list of invitations."""

    items: list[InvitationBody]


def invitation_body(invitation: Invitation) -> InvitationBody:
    """Write out an invitation."""
    return InvitationBody(
        id=invitation.id,
        note=invitation.note,
        uses=invitation.uses,
        max_uses=invitation.max_uses,
        created_by=invitation.created_by,
        created_at=rfc3339(invitation.created_at),
        expires_at=rfc3339(invitation.expires_at),
    )
