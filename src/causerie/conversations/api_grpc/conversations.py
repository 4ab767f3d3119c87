"""Conversations over gRPC: looked up, and who is in them."""

from __future__ import annotations

from causerie.conversations.model import parse_wire_id
from causerie.conversations.service import MAX_MEMBERS_PER_PAGE, ConversationService
from causerie.conversations.wire import conversation_out, member_out
from causerie.foundation.identity import UserId
from causerie.gateway.grpc import Call, Method, Service, require_id, shaped
from causerie.v1 import conversations_pb2 as pb


def conversation_service(conversations: ConversationService) -> Service:
    """What this slice does of it."""
    calls = ConversationCalls(conversations)
    return Service(
        pb.DESCRIPTOR.services_by_name["ConversationService"],
        {
            "GetConversation": Method(calls.get),
            "ListConversations": Method(calls.list_own),
            "ListMembers": Method(calls.members),
        },
    )


class ConversationCalls:
    """The methods of ``ConversationService``."""

    def __init__(self, conversations: ConversationService) -> None:
        self._conversations = conversations

    async def get(
        self, call: Call, request: pb.GetConversationRequest
    ) -> pb.GetConversationResponse:
        """Look one up."""
        address = parse_wire_id(request.conversation_id)
        view = await self._conversations.get(call.principal, address)
        return pb.GetConversationResponse(
            conversation=shaped(pb.Conversation, conversation_out(view))
        )

    async def list_own(
        self, call: Call, _request: pb.ListConversationsRequest
    ) -> pb.ListConversationsResponse:
        """List the caller's."""
        views = await self._conversations.own(call.principal)
        return pb.ListConversationsResponse(
            conversations=[shaped(pb.Conversation, conversation_out(view)) for view in views]
        )

    async def members(self, call: Call, request: pb.ListMembersRequest) -> pb.ListMembersResponse:
        """List who is in one."""
        after = request.after_user_id
        page = await self._conversations.members(
            call.principal,
            parse_wire_id(request.conversation_id),
            after=UserId(require_id(after, field="after_user_id")) if after else None,
            limit=request.page_size or MAX_MEMBERS_PER_PAGE,
        )
        return pb.ListMembersResponse(
            members=[shaped(pb.Member, member_out(member)) for member in page.items],
            has_more=page.has_more,
        )
