"""Limits over HTTP, for admins: look at them and change them while the server runs."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from causerie.foundation.errors import Forbidden
from causerie.foundation.identity import Principal
from causerie.foundation.paging import require_bound, require_limit
from causerie.gateway.http import Acting, BeforeId, IdempotencyKey, at_most, by_scope, positive_id
from causerie.limits.model import MANAGE_LIMITS, LoadGauge, Scope, require_subject
from causerie.limits.service import Behaviour, LimitService
from causerie.limits.wire import (
    PatchLimit,
    PostBlock,
    WireBlock,
    WireBlocks,
    WireConduct,
    WireLimit,
    WireLimits,
    block_out,
    conduct_out,
    limit_out,
    load_out,
)

DEFAULT_PAGE = 50
MAX_PAGE = 1000

Active = Annotated[bool, QueryParameter(description="Only those in force, or all there were.")]
PageLimit = Annotated[int, at_most(MAX_PAGE)]


def limit_routes(limits: LimitService, behaviour: Behaviour, load: LoadGauge) -> type[Controller]:
    """The controller for these services; Litestar makes the instance."""
    parts = {"limits": limits, "behaviour": behaviour, "load": load}
    return type("Limits", (LimitController,), parts)


class LimitController(Controller):
    """The routes of limits; all of them need the permission ``limits.manage``."""

    path = "/api/v2/admin/limits"
    opt = by_scope(MANAGE_LIMITS)
    tags = ("administration",)

    limits: LimitService
    behaviour: Behaviour
    load: LoadGauge

    @get()
    async def list_limits(self, principal: Acting) -> WireLimits:
        """List all limits, as they are in force on this node, and what they are by default."""
        _require_admin(principal)
        return WireLimits([limit_out(view) for view in self.limits.limits()], load_out(self.load))

    @get("/conduct")
    async def show_conduct(
        self, principal: Acting, kind: FromQuery[Scope], subject: FromQuery[str]
    ) -> WireConduct:
        """Show what the rules see of somebody on this node now; 100 is an offence."""
        _require_admin(principal)
        return conduct_out(self.behaviour.findings(require_subject(kind, subject)))

    @get("/blocks")
    async def list_blocks(
        self,
        principal: Acting,
        active: Active = True,  # noqa: FBT002 - a query parameter, which has a name
        before: BeforeId = None,
        limit: PageLimit = DEFAULT_PAGE,
    ) -> WireBlocks:
        """List blocks, the newest first."""
        _require_admin(principal)
        require_limit(limit, MAX_PAGE)
        require_bound("before", before)
        found = await self.limits.blocks.blocks(active=active, before=before, limit=limit)
        return WireBlocks([block_out(block) for block in found])

    @post("/blocks")
    async def place_block(
        self, principal: Acting, data: JSONBody[PostBlock], idempotency_key: IdempotencyKey
    ) -> WireBlock:
        """Shut somebody out: a user from writing, an address from logging in."""
        _require_admin(principal)
        block = await self.limits.blocks.place(
            data.scope,
            data.subject,
            seconds=data.seconds,
            reason=data.reason,
            by=principal.user_id,
            key=idempotency_key,
        )
        return block_out(block)

    @delete("/blocks/{block_id:str}", status_code=200)
    async def lift_block(
        self, principal: Acting, block_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> WireBlock:
        """Lift a block: it ends at once, and does not make the next one longer."""
        _require_admin(principal)
        block = await self.limits.blocks.lift(
            positive_id(block_id, resource="block"), by=principal.user_id, key=idempotency_key
        )
        return block_out(block)

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
