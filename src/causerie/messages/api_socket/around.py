"""Reactions and pins over the socket."""

from __future__ import annotations

from causerie.gateway.router import Reply, Router
from causerie.gateway.session import Session
from causerie.messages.service import PinService, ReactionService
from causerie.messages.wire import (
    AddReaction,
    PinMessage,
    RemoveReaction,
    WireReacted,
    reacted_json,
)


class AroundCommands:
    """Handlers; what they raise is answered as an error by the dialect."""

    def __init__(self, reactions: ReactionService, pins: PinService) -> None:
        self._reactions = reactions
        self._pins = pins

    def register(self, router: Router) -> None:
        """Take the commands that are about reactions and pins."""
        router.register("add_reaction", AddReaction, self.add_reaction, answers=WireReacted)
        router.register(
            "remove_reaction", RemoveReaction, self.remove_reaction, answers=WireReacted
        )
        router.register("pin_message", PinMessage, self.pin)

    async def add_reaction(self, session: Session, command: AddReaction, reply: Reply) -> None:
        """React to a message."""
        reacted = await self._reactions.react(
            session.principal,
            command.message_id,
            command.emoji,
            is_adding=True,
            client_id=command.client_id,
        )
        reply.ack(reacted_json(reacted))

    async def remove_reaction(
        self, session: Session, command: RemoveReaction, reply: Reply
    ) -> None:
        """Take a reaction back."""
        reacted = await self._reactions.react(
            session.principal,
            command.message_id,
            command.emoji,
            is_adding=False,
            client_id=command.client_id,
        )
        reply.ack(reacted_json(reacted))

    async def pin(self, session: Session, command: PinMessage, reply: Reply) -> None:
        """Pin a message, or take the pin away."""
        await self._pins.pin(
            session.principal,
            command.message_id,
            is_pinned=command.pinned,
            client_id=command.client_id,
        )
        reply.ack()
