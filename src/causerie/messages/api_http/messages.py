"""Messages over HTTP: the same service, and the same types, as over the socket."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, delete, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from causerie.accounts import Permission
from causerie.foundation.identity import MAX_ID
from causerie.gateway.http import (
    Acting,
    AnyRequest,
    IdempotencyKey,
    already_encoded,
    at_most,
    by_scope,
    counted_as,
    idempotency_key,
    positive_id,
)
from causerie.limits import Action
from causerie.messages.model import (
    DEFAULT_PAGE_EDITS,
    DEFAULT_PAGE_MESSAGES,
    MessageType,
)
from causerie.messages.ports import SendLimit
from causerie.messages.service import MessageService
from causerie.messages.wire import (
    PatchMessage,
    PostMessage,
    RecentPages,
    WireEdits,
    WireMessage,
    WirePage,
    edits_out,
    message_out,
    page_out,
)

Before = Annotated[int | None, QueryParameter(description="Only messages with a lower `seq`.")]
After = Annotated[int | None, QueryParameter(description="Only messages with a higher `seq`.")]
Limit = Annotated[int, at_most(1000)]
Parent = Annotated[
    int | None,
    QueryParameter(
        ge=1,
        le=MAX_ID,
        description="Only the answers in the thread that this message begins, or is in.",
    ),
]
AfterRev = Annotated[int, QueryParameter(description="Only edits with a higher `rev`.")]
EditLimit = Annotated[int, at_most(100)]
SENT_BEFORE = ResponseSpec(
    WireMessage, description="The key was used for it before", generate_examples=False
)


def message_routes(
    service: MessageService, recent: RecentPages, limit: SendLimit
) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    parts = {"service": service, "recent": recent, "limit": limit}
    return type("Messages", (MessageController,), parts)


class MessageController(Controller):
    """The routes of messages."""

    path = "/api/v2"
    tags = ("messages",)

    service: MessageService
    recent: RecentPages
    limit: SendLimit

    @get("/conversations/{conversation_id:str}/messages", opt=counted_as(Action.HISTORY))
    async def history(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        before: Before = None,
        after: After = None,
        limit: Limit = DEFAULT_PAGE_MESSAGES,
        parent_message_id: Parent = None,
    ) -> Response[WirePage]:
        """Read a page of a conversation's history, oldest first."""
        if before is None and after is None and parent_message_id is None:
            newest = await self.recent.newest(principal, conversation_id, limit=limit, is_cut=False)
            return already_encoded(newest)
        page = await self.service.history(
            principal,
            conversation_id,
            before=before,
            after=after,
            limit=limit,
            parent_message_id=parent_message_id,
        )
        return Response(page_out(page))

    @post("/conversations/{conversation_id:str}/messages", responses={200: SENT_BEFORE})
    async def send(
        self,
        request: AnyRequest,
        principal: Acting,
        conversation_id: FromPath[str],
        data: JSONBody[PostMessage],
    ) -> Response[WireMessage]:
        """Send a message; answered after its commit. 200 where the key was used for it before."""
        key = idempotency_key(request, client_id=data.client_id)
        self.limit.require(principal.user_id)
        sent = await self.service.send_and_wait(
            principal,
            conversation=conversation_id,
            content=data.content,
            client_id=key,
            message_type=data.message_type or MessageType.TEXT,
            parent_message_id=data.parent_message_id,
            file_ids=data.file_ids,
        )
        return Response(message_out(sent.message), status_code=201 if sent.is_new else 200)

    @patch("/messages/{message_id:str}", opt=counted_as(Action.EDITS))
    async def edit(
        self,
        request: AnyRequest,
        principal: Acting,
        message_id: FromPath[str],
        data: JSONBody[PatchMessage],
    ) -> WireMessage:
        """Replace the content of one's own message."""
        message = await self.service.edit_message(
            principal,
            positive_id(message_id, resource="message"),
            content=data.content,
            client_id=idempotency_key(request, client_id=data.client_id),
        )
        return message_out(message)

    @delete(
        "/messages/{message_id:str}",
        status_code=200,
        opt=counted_as(Action.EDITS)
        | by_scope(Permission.SEND_MESSAGES, Permission.DELETE_ANY_MESSAGE),
    )
    async def delete(
        self, principal: Acting, message_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> WireMessage:
        """Make a tombstone of a message."""
        message = await self.service.delete_message(
            principal, positive_id(message_id, resource="message"), client_id=idempotency_key
        )
        return message_out(message)

    @get("/messages/{message_id:str}/edits", opt=counted_as(Action.HISTORY))
    async def edits(
        self,
        principal: Acting,
        message_id: FromPath[str],
        after: AfterRev = 0,
        limit: EditLimit = DEFAULT_PAGE_EDITS,
    ) -> WireEdits:
        """Read what a message said before each edit, the first text first.

        Members may while the message is there; what a deleted message said is for moderators.
        """
        page = await self.service.edits(
            principal, positive_id(message_id, resource="message"), after=after, limit=limit
        )
        return edits_out(page)
