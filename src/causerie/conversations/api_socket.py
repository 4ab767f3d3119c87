"""Conversations over the socket: the commands of v2."""

from __future__ import annotations

import msgspec

from causerie.conversations.model import parse_wire_id
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
from causerie.gateway.router import Reply, Router
from causerie.gateway.session import Session


class ConversationCommands:
    """Handlers; what they raise is answered as an error by the dialect."""

    def __init__(self, service: ConversationService) -> None:
        self._service = service

    def register(self, router: Router) -> None:
        """Take the commands that are about conversations."""
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
        """Say how far one has read."""
        position = await self._service.mark_read(
            session.principal,
            parse_wire_id(command.conversation_id),
            command.seq,
            key=command.client_id,
        )
        reply.ack(msgspec.json.encode(reading_out(position)))
