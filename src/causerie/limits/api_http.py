"""Limits over HTTP, for admins: look at them and change them while the server runs."""

from __future__ import annotations

from litestar import Controller, delete, get, patch
from litestar.params import FromPath, JSONBody

from causerie.foundation.errors import Forbidden
from causerie.foundation.identity import Principal
from causerie.gateway.http import Acting, IdempotencyKey
from causerie.limits.model import MANAGE_LIMITS
from causerie.limits.service import LimitService
from causerie.limits.wire import PatchLimit, WireLimit, WireLimits, limit_out


def limit_routes(limits: LimitService) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Limits", (LimitController,), {"limits": limits})


class LimitController(Controller):
    """The routes of limits; all of them need the permission ``limits.manage``."""

    path = "/api/v2/admin/limits"
    tags = ("administration",)

    limits: LimitService

    @get()
    async def list_limits(self, principal: Acting) -> WireLimits:
        """List all limits, as they are in force on this node, and what they are by default."""
        _require_admin(principal)
        return WireLimits([limit_out(view) for view in self.limits.limits()])

    @patch("/{action:str}")
    async def change(
        self,
        principal: Acting,
        action: FromPath[str],
        data: JSONBody[PatchLimit],
        idempotency_key: IdempotencyKey,
    ) -> WireLimit:
        """Change a limit, for good: on this node at once, on others within about a second."""
        _require_admin(principal)
        view = await self.limits.change(
            action, data.change(), by=principal.user_id, key=idempotency_key
        )
        return limit_out(view)

    @delete("/{action:str}", status_code=200)
    async def reset(
        self, principal: Acting, action: FromPath[str], idempotency_key: IdempotencyKey
    ) -> WireLimit:
        """Set a limit back to its default."""
        _require_admin(principal)
        return limit_out(await self.limits.reset(action, by=principal.user_id, key=idempotency_key))


def _require_admin(principal: Principal) -> None:
    if not principal.may(MANAGE_LIMITS):
        raise Forbidden("Only who may manage limits may do this")
