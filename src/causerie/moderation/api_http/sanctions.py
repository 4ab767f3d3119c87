"""Sanctions over HTTP: imposed, listed, appealed, lifted."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from causerie.accounts import Permission
from causerie.foundation.clock import Clock
from causerie.foundation.identity import Principal
from causerie.foundation.paging import require_bound
from causerie.gateway.http import Acting, BeforeId, IdempotencyKey, at_most, by_scope, positive_id
from causerie.moderation.model.sanctions import Sanction, SanctionKind, Subject, SubjectKind
from causerie.moderation.ports import SanctionQuery
from causerie.moderation.service import SanctionService
from causerie.moderation.service.sanctions import MAX_SANCTIONS_PER_PAGE
from causerie.moderation.wire.sanctions import (
    PostAppeal,
    PostDecision,
    PostLift,
    PostSanction,
    PutLadder,
    WireLadder,
    WireOwnSanctions,
    WireSanction,
    WireSanctions,
    ladder_out,
    rungs_in,
    sanction_in,
    sanction_out,
)

BY_MODERATORS = by_scope(Permission.SANCTION_USERS)
DEFAULT_PER_PAGE = 50
Limit = Annotated[int, at_most(MAX_SANCTIONS_PER_PAGE)]
Whose = Annotated[int | None, QueryParameter(description="Only those of this user.")]
OfKind = Annotated[SanctionKind | None, QueryParameter(description="Only those of this kind.")]
Active = Annotated[bool | None, QueryParameter(description="Only those that hold now, or do not.")]
Appealed = Annotated[bool, QueryParameter(description="Only those with an open appeal.")]


def sanction_routes(service: SanctionService, clock: Clock) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Sanctions", (SanctionController,), {"service": service, "clock": clock})


class SanctionController(Controller):
    """The routes of sanctions."""

    path = "/api/v2/moderation"
    tags = ("moderation",)

    service: SanctionService
    clock: Clock

    @post("/sanctions", opt=BY_MODERATORS)
    async def impose(
        self, principal: Acting, data: JSONBody[PostSanction], idempotency_key: IdempotencyKey
    ) -> WireSanction:
        """Warn, mute, kick or ban a user (moderators); in force at once."""
        new = sanction_in(data, author=principal.user_id)
        return self._out(principal, await self.service.impose(principal, new, key=idempotency_key))

    @get("/sanctions")
    async def list_all(
        self,
        principal: Acting,
        *,
        user_id: Whose = None,
        kind: OfKind = None,
        active: Active = None,
        appealed: Appealed = False,
        before: BeforeId = None,
        limit: Limit = DEFAULT_PER_PAGE,
    ) -> WireSanctions:
        """List sanctions, the newest first (moderators)."""
        require_bound("before", before)
        require_bound("user_id", user_id)
        subject = None if user_id is None else Subject(SubjectKind.USER, user_id)
        query = SanctionQuery(limit, before, subject, kind, active, appealed)
        items, has_more = await self.service.list(principal, query)
        return WireSanctions([self._out(principal, s) for s in items], has_more)

    @get("/sanctions/mine")
    async def list_mine(
        self, principal: Acting, before: BeforeId = None, limit: Limit = DEFAULT_PER_PAGE
    ) -> WireOwnSanctions:
        """List one's own sanctions, the newest first, with the points that are left."""
        require_bound("before", before)
        items, has_more = await self.service.mine(principal, before=before, limit=limit)
        points = await self.service.points(principal.user_id)
        return WireOwnSanctions(
            [self._out(principal, s) for s in items], has_more, round(points, 3)
        )

    @get("/sanctions/{sanction_id:str}")
    async def show(self, principal: Acting, sanction_id: FromPath[str]) -> WireSanction:
        """Show a sanction (moderators, and whom it is about)."""
        number = positive_id(sanction_id, resource="sanction")
        return self._out(principal, await self.service.get(principal, number))

    @post("/sanctions/{sanction_id:str}/lift", opt=BY_MODERATORS, status_code=200)
    async def lift(
        self,
        principal: Acting,
        sanction_id: FromPath[str],
        data: JSONBody[PostLift],
        idempotency_key: IdempotencyKey,
    ) -> WireSanction:
        """Take a mute or a ban back before its end (moderators)."""
        number = positive_id(sanction_id, resource="sanction")
        sanction = await self.service.lift(
            principal, number, reason=data.reason, key=idempotency_key
        )
        return self._out(principal, sanction)

    @post("/sanctions/{sanction_id:str}/appeal", status_code=200)
    async def appeal(
        self,
        principal: Acting,
        sanction_id: FromPath[str],
        data: JSONBody[PostAppeal],
        idempotency_key: IdempotencyKey,
    ) -> WireSanction:
        """Ask for one's own sanction to be looked at again, once."""
        number = positive_id(sanction_id, resource="sanction")
        sanction = await self.service.appeal(
            principal.user_id, number, text=data.text, key=idempotency_key
        )
        return self._out(principal, sanction)

    @post("/sanctions/{sanction_id:str}/decision", opt=BY_MODERATORS, status_code=200)
    async def decide(
        self,
        principal: Acting,
        sanction_id: FromPath[str],
        data: JSONBody[PostDecision],
        idempotency_key: IdempotencyKey,
    ) -> WireSanction:
        """Decide about an appeal, once; granting it lifts the sanction (moderators)."""
        sanction = await self.service.decide(
            principal,
            positive_id(sanction_id, resource="sanction"),
            is_granted=data.granted,
            reason=data.reason,
            key=idempotency_key,
        )
        return self._out(principal, sanction)

    @get("/ladder")
    async def show_ladder(self, principal: Acting) -> WireLadder:
        """Show what points lead to by themselves (moderators)."""
        return ladder_out(await self.service.ladder(principal))

    @put("/ladder", opt=by_scope(Permission.ADJUST_MODERATION))
    async def change_ladder(
        self,
        principal: Acting,
        data: JSONBody[PutLadder],
        idempotency_key: IdempotencyKey,
    ) -> WireLadder:
        """Say what points lead to by themselves (admins)."""
        ladder = await self.service.set_ladder(
            principal,
            rungs_in(data),
            half_life_seconds=data.half_life_seconds,
            key=idempotency_key,
        )
        return ladder_out(ladder)

    def _out(self, principal: Principal, sanction: Sanction) -> WireSanction:
        return sanction_out(
            sanction,
            active=sanction.is_active(self.clock.now()),
            names_people=principal.may(Permission.SANCTION_USERS),
        )
