"""Conversations over HTTP: the same service as over the socket, and what only HTTP has."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, delete, get, patch, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from causerie.conversations.model import Visibility, parse_wire_id
from causerie.conversations.ports import Settings
from causerie.conversations.service import (
    MAX_MEMBERS_PER_PAGE,
    BlockService,
    ConversationService,
)
from causerie.conversations.wire import (
    AddMembers,
    ChangeRole,
    CreateConversation,
    PostRead,
    UpdateConversation,
    WireBlocks,
    WireConversation,
    WireConversations,
    WireMember,
    WireMembers,
    WireReadPosition,
    blocks_out,
    conversation_out,
    conversations_out,
    member_out,
    members_out,
    reading_out,
)
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import MAX_ID, UserId
from causerie.gateway.http import Acting, IdempotencyKey, at_most, by_scope, counted_as, positive_id
from causerie.gateway.scopes import LOOKING_AFTER_ROOMS, SPEAKING
from causerie.limits import Action

Part = Annotated[str, QueryParameter(description="A part of the room's name, in whatever case.")]
After = Annotated[int | None, QueryParameter(description="Only members with a higher user id.")]
Limit = Annotated[int, at_most(MAX_MEMBERS_PER_PAGE)]
BY_MANAGERS = by_scope(*LOOKING_AFTER_ROOMS)
OPEN_ALREADY = ResponseSpec(
    WireConversation, description="The direct chat exists already", generate_examples=False
)


def conversation_routes(service: ConversationService) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Conversations", (ConversationController,), {"service": service})


class ConversationController(Controller):
    """The routes of conversations."""

    path = "/api/v2"
    tags = ("conversations",)

    service: ConversationService

    @get("/rooms", opt=counted_as(Action.SEARCHES))
    async def search_rooms(self, principal: Acting, q: Part = "") -> WireConversations:
        """Find public rooms by a part of their names, the best matches first."""
        return conversations_out(await self.service.search_rooms(principal, q))

    @get("/conversations")
    async def list_mine(self, principal: Acting) -> WireConversations:
        """List the conversations that one is in."""
        return conversations_out(await self.service.own(principal))

    @post(
        "/conversations",
        responses={200: OPEN_ALREADY},
        opt=by_scope(*LOOKING_AFTER_ROOMS, *SPEAKING),
    )
    async def create(
        self, principal: Acting, data: JSONBody[CreateConversation], idempotency_key: IdempotencyKey
    ) -> Response[WireConversation]:
        """Create a room, or open a direct chat: 200 where it exists already."""
        if data.kind == "direct":
            peer = _peer_of(data, own=principal.user_id)
            view, is_new = await self.service.open_direct(principal, peer, key=idempotency_key)
            return Response(conversation_out(view), status_code=201 if is_new else 200)
        if data.name is None:
            raise Invalid("name", "A room needs a name")
        view = await self.service.create_room(
            principal,
            name=data.name,
            visibility=data.visibility or Visibility.PUBLIC,
            topic=data.topic or "",
            members=data.members or (),
            key=idempotency_key,
        )
        return Response(conversation_out(view), status_code=201)

    @get("/conversations/{conversation_id:str}")
    async def show(self, principal: Acting, conversation_id: FromPath[str]) -> WireConversation:
        """Show a conversation of one's own, or a public room."""
        address = parse_wire_id(conversation_id)
        return conversation_out(await self.service.get(principal, address))

    @patch("/conversations/{conversation_id:str}", opt=BY_MANAGERS)
    async def update(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        data: JSONBody[UpdateConversation],
        idempotency_key: IdempotencyKey,
    ) -> WireConversation:
        """Rename, describe, open or close a room (owners and admins), or archive it (owners)."""
        view = await self.service.update(
            principal,
            parse_wire_id(conversation_id),
            Settings(data.name, data.topic, data.visibility, data.archived),
            key=idempotency_key,
        )
        return conversation_out(view)

    @post(
        "/conversations/{conversation_id:str}/join", status_code=204, opt=counted_as(Action.JOINS)
    )
    async def join(
        self, principal: Acting, conversation_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> None:
        """Enter a public room."""
        await self.service.join(principal, parse_wire_id(conversation_id), key=idempotency_key)

    @post(
        "/conversations/{conversation_id:str}/leave", status_code=204, opt=counted_as(Action.JOINS)
    )
    async def leave(
        self, principal: Acting, conversation_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> None:
        """Go out of a room."""
        await self.service.leave(principal, parse_wire_id(conversation_id), key=idempotency_key)

    @post("/conversations/{conversation_id:str}/read", status_code=200)
    async def mark_read(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        data: JSONBody[PostRead],
        idempotency_key: IdempotencyKey,
    ) -> WireReadPosition:
        """Say how far one has read; it never goes back."""
        position = await self.service.mark_read(
            principal, parse_wire_id(conversation_id), data.seq, key=idempotency_key
        )
        return reading_out(position)

    @get("/conversations/{conversation_id:str}/members")
    async def members(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        after: After = None,
        limit: Limit = MAX_MEMBERS_PER_PAGE,
    ) -> WireMembers:
        """List who is in a conversation of one's own, in the order of their ids."""
        if after is not None and not 1 <= after <= MAX_ID:
            raise Invalid("after", f"Must lie between 1 and {MAX_ID}")
        page = await self.service.members(
            principal,
            parse_wire_id(conversation_id),
            after=None if after is None else UserId(after),
            limit=limit,
        )
        return members_out(page.items, has_more=page.has_more)

    @post("/conversations/{conversation_id:str}/members", opt=BY_MANAGERS, status_code=200)
    async def add_members(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        data: JSONBody[AddMembers],
        idempotency_key: IdempotencyKey,
    ) -> WireConversation:
        """Put users into a room (owners and admins); who is in it already stays as they are."""
        view = await self.service.add_members(
            principal, parse_wire_id(conversation_id), data.user_ids, key=idempotency_key
        )
        return conversation_out(view)

    @patch("/conversations/{conversation_id:str}/members/{user_id:str}", opt=BY_MANAGERS)
    async def change_role(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        user_id: FromPath[str],
        data: JSONBody[ChangeRole],
        idempotency_key: IdempotencyKey,
    ) -> WireMember:
        """Make a member something else (owners; admins between member and read-only)."""
        member = await self.service.change_role(
            principal,
            parse_wire_id(conversation_id),
            positive_id(user_id, resource="user"),
            data.role,
            key=idempotency_key,
        )
        return member_out(member)

    @delete("/conversations/{conversation_id:str}/members/{user_id:str}", opt=BY_MANAGERS)
    async def remove_member(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        user_id: FromPath[str],
        idempotency_key: IdempotencyKey,
    ) -> None:
        """Put a member out of a room (owners and admins), or leave it oneself."""
        await self.service.remove_member(
            principal,
            parse_wire_id(conversation_id),
            positive_id(user_id, resource="user"),
            key=idempotency_key,
        )


def block_routes(service: BlockService) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Blocks", (BlockController,), {"service": service})


class BlockController(Controller):
    """The routes of blocks between users."""

    path = "/api/v2/blocks"
    tags = ("conversations",)

    service: BlockService

    @get("/")
    async def list_mine(self, principal: Acting) -> WireBlocks:
        """List whom one has blocked, the latest first; clients hide what these say in rooms."""
        return blocks_out(await self.service.list(principal))

    @put("/{user_id:str}", status_code=204)
    async def block(
        self, principal: Acting, user_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> None:
        """Block a user: no direct messages, no direct chat, no invitations from them."""
        number = positive_id(user_id, resource="user")
        await self.service.block(principal, number, key=idempotency_key)

    @delete("/{user_id:str}")
    async def unblock(
        self, principal: Acting, user_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> None:
        """Take a block back."""
        number = positive_id(user_id, resource="user")
        await self.service.unblock(principal, number, key=idempotency_key)


def _peer_of(data: CreateConversation, *, own: int) -> int:
    """Whom a direct chat is with. Raises ``Invalid`` for what a direct chat does not have."""
    if data.name is not None:
        raise Invalid("name", "A direct chat has no name")
    if data.topic:
        raise Invalid("topic", "A direct chat has no topic")
    if data.visibility is Visibility.PUBLIC:
        raise Invalid("visibility", "A direct chat is private")
    others = set(data.members or ()) - {own}
    if len(others) != 1:
        raise Invalid("members", "Must name one other user")
    return others.pop()
