"""One's own profile over HTTP, and what one may do."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import get, patch
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.model import UserCard
from causerie.accounts.service import AccountService
from causerie.accounts.wire import OwnPermissionsBody, PatchMe
from causerie.foundation.identity import Principal
from causerie.gateway.http import Acting, IdempotencyKey, counted_as, quickly
from causerie.limits import Action


def profile_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""

    def remembered(principal: Principal) -> UserCard | None:
        user = accounts.directory.peek(principal.user_id)
        return None if user is None else user.card()

    @get("/api/v2/me", opt=quickly(remembered), summary="Who I am")
    async def me(principal: Acting) -> UserCard:
        return (await accounts.get_user(principal.user_id)).card()

    @patch("/api/v2/me", opt=counted_as(Action.EDITS), summary="Change my display name or status")
    async def change_me(
        principal: Acting, data: JSONBody[PatchMe], idempotency_key: IdempotencyKey
    ) -> UserCard:
        user = await accounts.profiles.change(principal, data.wanted(), key=idempotency_key)
        return user.card()

    @get("/api/v2/me/permissions", summary="What I may do")
    async def my_permissions(principal: Acting) -> OwnPermissionsBody:
        return OwnPermissionsBody(principal.role, sorted(principal.permissions))

    return [me, change_me, my_permissions]
