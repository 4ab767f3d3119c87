"""Presence over HTTP: what one asks for before events tell the rest."""

from __future__ import annotations

from litestar import Controller, get, put
from litestar.params import FromPath, JSONBody

from causerie.conversations import parse_wire_id
from causerie.foundation.identity import UserId
from causerie.gateway.http import Acting, IdempotencyKey, counted_as, positive_id
from causerie.limits import Action
from causerie.presence.ports import Audience
from causerie.presence.service import Lookups, PresenceService
from causerie.presence.wire import (
    PutPresence,
    WirePresence,
    WireRoomPresence,
    presence_out,
    room_out,
)


def presence_routes(
    presences: PresenceService, lookups: Lookups, audience: Audience
) -> type[Controller]:
    """The controller for these services; Litestar makes the instance."""
    parts = {"presences": presences, "lookups": lookups, "audience": audience}
    return type("Presences", (PresenceController,), parts)


class PresenceController(Controller):
    """The routes of presence."""

    path = "/api/v2"
    tags = ("presence",)

    presences: PresenceService
    lookups: Lookups
    audience: Audience

    @get("/conversations/{conversation_id:str}/presence")
    async def of_conversation(
        self, principal: Acting, conversation_id: FromPath[str]
    ) -> WireRoomPresence:
        """Show who is there of a conversation of one's own; a large one is only counted."""
        address = parse_wire_id(conversation_id)
        return room_out(await self.lookups.room(principal, address, self.audience))

    @get("/users/{user_id:str}/presence")
    async def of_user(self, principal: Acting, user_id: FromPath[str]) -> WirePresence:
        """Show the presence of somebody with whom one shares a conversation, or one's own."""
        number = UserId(positive_id(user_id, resource="user"))
        return presence_out(await self.lookups.user(principal, number))

    @put("/me/presence", opt=counted_as(Action.SIGNALS))
    async def choose(
        self, principal: Acting, data: JSONBody[PutPresence], idempotency_key: IdempotencyKey
    ) -> WirePresence:
        """Be away, busy, invisible, or online: what one's devices make of it."""
        await self.presences.choose(principal, data.status, key=idempotency_key)
        return presence_out(await self.lookups.user(principal, principal.user_id))
