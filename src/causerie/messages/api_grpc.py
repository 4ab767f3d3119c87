"""Messages over gRPC: sent, and read as history."""

from __future__ import annotations

from causerie.foundation.errors import Invalid
from causerie.gateway.grpc import Call, Method, Service, require_id, shaped, write_key
from causerie.limits import Action
from causerie.messages.model import DEFAULT_PAGE_MESSAGES, MessageType
from causerie.messages.ports import SendLimit
from causerie.messages.service import MessageService
from causerie.messages.wire import message_out, within_answer
from causerie.v1 import messages_pb2 as pb

# Those that clients may send; the service says what is wrong with the others.
TYPES = {
    pb.MESSAGE_TYPE_UNSPECIFIED: MessageType.TEXT,
    pb.MESSAGE_TYPE_TEXT: MessageType.TEXT,
    pb.MESSAGE_TYPE_FILE: MessageType.FILE,
    pb.MESSAGE_TYPE_SYSTEM: MessageType.SYSTEM,
}


def message_service(messages: MessageService, limit: SendLimit) -> Service:
    """What this slice does of it."""
    calls = MessageCalls(messages, limit)
    return Service(
        pb.DESCRIPTOR.services_by_name["MessageService"],
        {
            "SendMessage": Method(calls.send),
            "ListMessages": Method(calls.history, action=Action.HISTORY),
        },
    )


class MessageCalls:
    """The methods of ``MessageService``."""

    def __init__(self, messages: MessageService, limit: SendLimit) -> None:
        self._messages = messages
        self._limit = limit

    async def send(self, call: Call, request: pb.SendMessageRequest) -> pb.SendMessageResponse:
        """Send a message; answered after its commit."""
        given = request.client_id if request.HasField("client_id") else None
        key = write_key(call.idempotency_key, given)
        kind = TYPES.get(request.message_type)
        if kind is None:
            raise Invalid("message_type", "Is not known here")
        parent = _parent_of(request)
        self._limit.require(call.principal.user_id)
        sent = await self._messages.send_and_wait(
            call.principal,
            conversation=request.conversation_id,
            content=request.content,
            client_id=key,
            message_type=kind,
            parent_message_id=parent,
            file_ids=tuple(require_id(number, field="file_ids") for number in request.file_ids),
        )
        return pb.SendMessageResponse(
            message=shaped(pb.Message, message_out(sent.message)), is_new=sent.is_new
        )

    async def history(self, call: Call, request: pb.ListMessagesRequest) -> pb.ListMessagesResponse:
        """Read a page of history."""
        before = request.before if request.HasField("before") else None
        after = request.after if request.HasField("after") else None
        page = await self._messages.history(
            call.principal,
            request.conversation_id,
            before=before,
            after=after,
            limit=request.page_size or DEFAULT_PAGE_MESSAGES,
            parent_message_id=_parent_of(request),
        )
        page = within_answer(page, keep_newest=after is None)
        return pb.ListMessagesResponse(
            messages=[shaped(pb.Message, message_out(message)) for message in page.items],
            has_more=page.has_more,
        )


def _parent_of(request: pb.SendMessageRequest | pb.ListMessagesRequest) -> int | None:
    if not request.HasField("parent_message_id"):
        return None
    return require_id(request.parent_message_id, field="parent_message_id")
