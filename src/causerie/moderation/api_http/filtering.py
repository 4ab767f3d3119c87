"""The filter over HTTP: what a room wants of it, and what it did."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, get, put
from litestar.params import FromPath, JSONBody, QueryParameter

from causerie.gateway.http import Acting, BeforeId, IdempotencyKey, at_most, by_scope
from causerie.gateway.scopes import LOOKING_AFTER_ROOMS
from causerie.moderation.ports import RoomFilter
from causerie.moderation.service import Screener
from causerie.moderation.service.screening import MAX_RECORDS_PER_PAGE
from causerie.moderation.wire.filtering import (
    PutFilter,
    WireFilter,
    WireVerdicts,
    filter_out,
    verdicts_out,
)

Limit = Annotated[int, at_most(MAX_RECORDS_PER_PAGE)]
Where = Annotated[str | None, QueryParameter(description="Only of this conversation.")]
Whose = Annotated[int | None, QueryParameter(description="Only of this user's texts.")]


def filter_routes(screener: Screener) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Filter", (FilterController,), {"screener": screener})


class FilterController(Controller):
    """The routes of the content filter."""

    path = "/api/v2"
    tags = ("moderation",)

    screener: Screener

    @get("/conversations/{conversation_id:str}/filter")
    async def show(self, principal: Acting, conversation_id: FromPath[str]) -> WireFilter:
        """Show what a room wants of the content filter (its owners and admins, moderators)."""
        return filter_out(*await self.screener.room_filter(principal, conversation_id))

    @put("/conversations/{conversation_id:str}/filter", opt=by_scope(*LOOKING_AFTER_ROOMS))
    async def change(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        data: JSONBody[PutFilter],
        idempotency_key: IdempotencyKey,
    ) -> WireFilter:
        """Say what a room wants of each level: off, flag, refuse (what is sure) or strict (all)."""
        wanted = RoomFilter(data.size, data.structure, data.meaning)
        return filter_out(
            *await self.screener.set_room_filter(
                principal, conversation_id, wanted, key=idempotency_key
            )
        )

    @get("/moderation/verdicts")
    async def verdicts(
        self,
        principal: Acting,
        before: BeforeId = None,
        limit: Limit = 50,
        conversation_id: Where = None,
        author_id: Whose = None,
    ) -> WireVerdicts:
        """List what the filter flagged and refused, the newest first (moderators)."""
        return verdicts_out(
            await self.screener.records(
                principal,
                before=before,
                limit=limit,
                conversation=conversation_id,
                author_id=author_id,
            )
        )
