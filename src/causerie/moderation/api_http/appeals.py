"""The door of who is banned: with what a login asks for they see why, and appeal, and nothing else."""

from __future__ import annotations

from litestar import post
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts import AccountService, Origin
from causerie.foundation.clock import Clock
from causerie.gateway.http import AUTH, ClientAddress, IdempotencyKey
from causerie.moderation.service import SanctionService
from causerie.moderation.wire.sanctions import PostBannedAppeal, WireSanction, sanction_out


def appeal_route(
    accounts: AccountService, sanctions: SanctionService, clock: Clock
) -> ControllerRouterHandler:
    """Make the handler. It gives no token: what it opens is closed again with its answer."""

    @post("/api/v2/moderation/appeals", opt=AUTH, status_code=200, tags=["moderation"])
    async def appeal_ban(
        data: JSONBody[PostBannedAppeal],
        client_address: ClientAddress,
        idempotency_key: IdempotencyKey,
    ) -> WireSanction:
        """Show who is banned why and for how long, and take their appeal where there is a text."""
        # Counted, compared and answered as a login: who cannot log in learns nothing here either.
        user = await accounts.prove(
            data.username, data.password, Origin(ip=client_address), code=data.code
        )
        ban = await sanctions.find_ban(user.id)
        if data.text is not None:
            ban = await sanctions.appeal(user.id, ban.id, text=data.text, key=idempotency_key)
        return sanction_out(ban, active=ban.is_active(clock.now()), names_people=False)

    return appeal_ban
