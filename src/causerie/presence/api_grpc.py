"""Presence over gRPC: what one asks for, as over HTTP."""

from __future__ import annotations

from causerie.conversations import parse_wire_id
from causerie.foundation.identity import UserId
from causerie.gateway.grpc import Call, Method, Service, require_id, shaped
from causerie.presence.ports import Audience
from causerie.presence.service import Lookups
from causerie.presence.wire import presence_out, room_out
from causerie.v1 import presence_pb2 as pb


def presence_service(lookups: Lookups, audience: Audience) -> Service:
    """What this slice does of it."""
    calls = PresenceCalls(lookups, audience)
    return Service(
        pb.DESCRIPTOR.services_by_name["PresenceService"],
        {
            "GetPresence": Method(calls.of_user),
            "GetConversationPresence": Method(calls.of_conversation),
        },
    )


class PresenceCalls:
    """The methods of ``PresenceService``."""

    def __init__(self, lookups: Lookups, audience: Audience) -> None:
        self._lookups = lookups
        self._audience = audience

    async def of_user(self, call: Call, request: pb.GetPresenceRequest) -> pb.GetPresenceResponse:
        """Tell how somebody is."""
        user_id = UserId(require_id(request.user_id, field="user_id"))
        presence = await self._lookups.user(call.principal, user_id)
        return pb.GetPresenceResponse(presence=shaped(pb.Presence, presence_out(presence)))

    async def of_conversation(
        self, call: Call, request: pb.GetConversationPresenceRequest
    ) -> pb.GetConversationPresenceResponse:
        """Tell who is there."""
        address = parse_wire_id(request.conversation_id)
        room = room_out(await self._lookups.room(call.principal, address, self._audience))
        found = shaped(pb.GetConversationPresenceResponse, room)
        found.presences.extend(shaped(pb.Presence, item) for item in room.items)
        return found
