"""Reputations over HTTP."""

from __future__ import annotations

from litestar import Controller, get, put
from litestar.params import FromPath, JSONBody

from causerie.accounts import Permission
from causerie.foundation.identity import UserId
from causerie.gateway.http import Acting, IdempotencyKey, by_scope, positive_id
from causerie.moderation.service import ReputationService
from causerie.moderation.wire.reputation import PutTrust, WireReputation, reputation_out


def reputation_routes(service: ReputationService) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Reputations", (ReputationController,), {"service": service})


class ReputationController(Controller):
    """The routes of reputations."""

    path = "/api/v2"
    tags = ("moderation",)

    service: ReputationService

    @get("/moderation/reputations/mine")
    async def mine(self, principal: Acting) -> WireReputation:
        """Show what my conduct comes to, and why."""
        return reputation_out(*await self.service.of(principal, principal.user_id))

    @get("/moderation/users/{user_id:str}/reputation")
    async def of(self, principal: Acting, user_id: FromPath[str]) -> WireReputation:
        """Show what somebody's conduct comes to, and why (moderators)."""
        subject = UserId(positive_id(user_id, resource="user"))
        return reputation_out(*await self.service.of(principal, subject))

    @put("/moderation/users/{user_id:str}/trust", opt=by_scope(Permission.ADJUST_MODERATION))
    async def pin(
        self,
        principal: Acting,
        user_id: FromPath[str],
        data: JSONBody[PutTrust],
        idempotency_key: IdempotencyKey,
    ) -> WireReputation:
        """Decide how far somebody is trusted, which scales limits; null leaves it to the score."""
        subject = UserId(positive_id(user_id, resource="user"))
        return reputation_out(
            *await self.service.pin_trust(principal, subject, data.trust, key=idempotency_key)
        )
