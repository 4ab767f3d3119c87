"""Reactions and pins over HTTP."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, delete, get, put
from litestar.params import FromPath, PathParameter, QueryParameter

from causerie.accounts import Permission
from causerie.gateway.http import Acting, IdempotencyKey, at_most, by_scope, counted_as, positive_id
from causerie.limits import Action
from causerie.messages.model import (
    DEFAULT_EMOJI_TOTALS,
    DEFAULT_REACTORS_PER_PAGE,
    MAX_EMOJI_TOTALS,
    MAX_REACTORS_PER_PAGE,
)
from causerie.messages.service import PinService, ReactionService
from causerie.messages.wire import (
    WireEmojiTotals,
    WirePins,
    WireReacted,
    WireReactors,
    pins_out,
    reacted_out,
    reactors_out,
    totals_out,
)

PINNING = counted_as(Action.EDITS) | by_scope(Permission.SEND_MESSAGES, Permission.PIN_ANY_MESSAGE)

Emoji = Annotated[str, PathParameter(description="One emoji, percent-encoded UTF-8.")]
OnlyEmoji = Annotated[
    str | None, QueryParameter(description="Only users who reacted with this one.")
]
After = Annotated[int | None, QueryParameter(description="Only users with a higher id.")]
Limit = Annotated[int, at_most(MAX_REACTORS_PER_PAGE)]
Most = Annotated[int, at_most(MAX_EMOJI_TOTALS)]


def around_routes(reactions: ReactionService, pins: PinService) -> type[Controller]:
    """The controller for these services; Litestar makes the instance."""
    return type("Around", (AroundController,), {"reactions": reactions, "pins": pins})


class AroundController(Controller):
    """The routes of reactions and pins."""

    path = "/api/v2"
    tags = ("messages",)

    reactions: ReactionService
    pins: PinService

    @put("/messages/{message_id:str}/reactions/{emoji:str}", opt=counted_as(Action.REACTIONS))
    async def react(
        self,
        principal: Acting,
        message_id: FromPath[str],
        emoji: Emoji,
        idempotency_key: IdempotencyKey,
    ) -> WireReacted:
        """React to a message; harmless when repeated."""
        reacted = await self.reactions.react(
            principal,
            positive_id(message_id, resource="message"),
            emoji,
            is_adding=True,
            client_id=idempotency_key,
        )
        return reacted_out(reacted)

    @delete(
        "/messages/{message_id:str}/reactions/{emoji:str}",
        status_code=200,
        opt=counted_as(Action.REACTIONS),
    )
    async def take_back(
        self,
        principal: Acting,
        message_id: FromPath[str],
        emoji: Emoji,
        idempotency_key: IdempotencyKey,
    ) -> WireReacted:
        """Take one's reaction back; harmless when repeated."""
        reacted = await self.reactions.react(
            principal,
            positive_id(message_id, resource="message"),
            emoji,
            is_adding=False,
            client_id=idempotency_key,
        )
        return reacted_out(reacted)

    @get("/messages/{message_id:str}/reactions")
    async def reactors(
        self,
        principal: Acting,
        message_id: FromPath[str],
        emoji: OnlyEmoji = None,
        after: After = None,
        limit: Limit = DEFAULT_REACTORS_PER_PAGE,
    ) -> WireReactors:
        """Tell who reacted with what, in the order of the users' ids."""
        reactions, page = await self.reactions.reactors(
            principal,
            positive_id(message_id, resource="message"),
            emoji=emoji,
            after=after,
            limit=limit,
        )
        return reactors_out(reactions, page)

    @get("/conversations/{conversation_id:str}/reactions")
    async def most_used(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        limit: Most = DEFAULT_EMOJI_TOTALS,
    ) -> WireEmojiTotals:
        """Tell which emoji stand most often in a conversation now."""
        return totals_out(await self.reactions.most_used(principal, conversation_id, limit=limit))

    @put("/messages/{message_id:str}/pin", status_code=204, opt=PINNING)
    async def pin(
        self, principal: Acting, message_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> None:
        """Pin a message; harmless when repeated."""
        number = positive_id(message_id, resource="message")
        await self.pins.pin(principal, number, is_pinned=True, client_id=idempotency_key)

    @delete("/messages/{message_id:str}/pin", opt=PINNING)
    async def unpin(
        self, principal: Acting, message_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> None:
        """Take a pin away; harmless when repeated."""
        number = positive_id(message_id, resource="message")
        await self.pins.pin(principal, number, is_pinned=False, client_id=idempotency_key)

    @get("/conversations/{conversation_id:str}/pins")
    async def list_pins(self, principal: Acting, conversation_id: FromPath[str]) -> WirePins:
        """List what is pinned in a conversation, the latest first."""
        return pins_out(await self.pins.pins(principal, conversation_id))
