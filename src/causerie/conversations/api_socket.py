"""Conversations over the socket: the commands of v2."""

from __future__ import annotations

import msgspec

from causerie.conversations.model import parse_wire_id
from causerie.conversations.ports import ThreadPositions
from causerie.conversations.service import ConversationService
from causerie.conversations.wire import (
    JoinOrLeave,
    MarkRead,
    WireConversation,
    WireReadPosition,
    conversation_out,
    reading_out,
    target_of,
)
from causerie.foundation.errors import Unsupported
from causerie.gateway.router import Reply, Router
from causerie.gateway.session import Session


class ConversationCommands:
    """Handlers; what they raise is answered as an error by the dialect."""

    def __init__(self, service: ConversationService) -> None:
        self._service = service
        self._threads: ThreadPositions | None = None

    def register(self, router: Router, threads: ThreadPositions | None = None) -> None:
        """Take the commands that are about conversations; None: there are no threads."""
        self._threads = threads
        router.register("join", JoinOrLeave, self.join, answers=WireConversation)
        router.register("leave", JoinOrLeave, self.leave, answers=WireConversation)
        router.register("mark_read", MarkRead, self.mark_read, answers=WireReadPosition)

    async def join(self, session: Session, command: JoinOrLeave, reply: Reply) -> None:
        """Enter a room."""
        target = target_of(command)
        view = await self._service.join(session.principal, target, key=command.client_id)
        reply.ack(msgspec.json.encode(conversation_out(view)))

    async def leave(self, session: Session, command: JoinOrLeave, reply: Reply) -> None:
        """Go out of a room."""
        target = target_of(command)
        view = await self._service.leave(session.principal, target, key=command.client_id)
        reply.ack(msgspec.json.encode(conversation_out(view)))

    async def mark_read(self, session: Session, command: MarkRead, reply: Reply) -> None:
        """Say how far one has read a conversation, or one of its threads."""
        address = parse_wire_id(command.conversation_id)
        who, seq, key = session.principal, command.seq, command.client_id
        if command.parent_message_id is None:
            position = await self._service.mark_read(who, address, seq, key=key)
        elif self._threads is None:
            raise Unsupported("There are no threads here")
        else:
            root_id = command.parent_message_id
            position = await self._threads.mark_read(who, address, root_id, seq, key=key)
        reply.ack(msgspec.json.encode(reading_out(position)))
