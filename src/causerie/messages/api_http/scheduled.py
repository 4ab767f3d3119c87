"""Messages to be sent later over HTTP."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, delete, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from causerie.gateway.http import (
    Acting,
    AnyRequest,
    IdempotencyKey,
    counted_as,
    idempotency_key,
    positive_id,
)
from causerie.limits import Action
from causerie.messages.model import MessageType
from causerie.messages.ports import SendLimit
from causerie.messages.service import ScheduleService
from causerie.messages.wire import (
    PatchScheduled,
    PostScheduled,
    WireScheduled,
    WireScheduledList,
    scheduled_list_out,
    scheduled_out,
)

RESOURCE = "scheduled_message"
OnlyThere = Annotated[
    str | None, QueryParameter(description="Only what is to be sent to this conversation.")
]
MADE_BEFORE = ResponseSpec(
    WireScheduled, description="The key was used for it before", generate_examples=False
)


def scheduled_routes(service: ScheduleService, limit: SendLimit) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Scheduled", (ScheduledController,), {"service": service, "limit": limit})


class ScheduledController(Controller):
    """The routes of messages to be sent later. Only their sender sees them."""

    path = "/api/v2/scheduled-messages"
    tags = ("messages",)

    service: ScheduleService
    limit: SendLimit

    @post("/", responses={200: MADE_BEFORE})
    async def schedule(
        self, request: AnyRequest, principal: Acting, data: JSONBody[PostScheduled]
    ) -> Response[WireScheduled]:
        """Have a message sent later. 200 where the key was used for it before."""
        key = idempotency_key(request, client_id=data.client_id)
        self.limit.require(principal.user_id)
        scheduled, is_new = await self.service.schedule(
            principal,
            conversation=data.conversation_id,
            content=data.content,
            message_type=data.message_type or MessageType.TEXT,
            parent_message_id=data.parent_message_id,
            send_at=data.send_at,
            client_id=key,
            file_ids=data.file_ids,
        )
        return Response(scheduled_out(scheduled), status_code=201 if is_new else 200)

    @get("/")
    async def list_mine(
        self, principal: Acting, conversation_id: OnlyThere = None
    ) -> WireScheduledList:
        """List what waits, and what was refused and not put away; the earliest first."""
        return scheduled_list_out(
            await self.service.list_mine(principal, conversation=conversation_id)
        )

    @get("/{scheduled_message_id:str}")
    async def show(self, principal: Acting, scheduled_message_id: FromPath[str]) -> WireScheduled:
        """Show one, whatever became of it."""
        number = positive_id(scheduled_message_id, resource=RESOURCE)
        return scheduled_out(await self.service.get(principal, number))

    @patch("/{scheduled_message_id:str}", opt=counted_as(Action.EDITS))
    async def change(
        self,
        request: AnyRequest,
        principal: Acting,
        scheduled_message_id: FromPath[str],
        data: JSONBody[PatchScheduled],
    ) -> WireScheduled:
        """Say something else, or at another time, while it waits."""
        scheduled = await self.service.change(
            principal,
            positive_id(scheduled_message_id, resource=RESOURCE),
            content=data.content,
            send_at=data.send_at,
            client_id=idempotency_key(request, client_id=data.client_id),
        )
        return scheduled_out(scheduled)

    @delete("/{scheduled_message_id:str}", opt=counted_as(Action.EDITS))
    async def cancel(
        self,
        principal: Acting,
        scheduled_message_id: FromPath[str],
        idempotency_key: IdempotencyKey,
    ) -> None:
        """Cancel what waits, or put away what was refused; harmless when repeated."""
        number = positive_id(scheduled_message_id, resource=RESOURCE)
        await self.service.cancel(principal, number, client_id=idempotency_key)
