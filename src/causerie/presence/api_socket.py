"""Presence over the socket: the commands of v2."""

from __future__ import annotations

from causerie.gateway.router import Reply, Router
from causerie.gateway.session import Session, Work
from causerie.presence.service import PresenceService, TypingService
from causerie.presence.wire import SetPresence, Typing


class PresenceCommands:
    """Handlers; what they raise is answered as an error by the dialect."""

    def __init__(self, presences: PresenceService, typing: TypingService) -> None:
        self._presences = presences
        self._typing = typing

    def register(self, router: Router) -> None:
        """Take the commands that are about presence."""
        router.register("set_presence", SetPresence, self.set_presence)
        router.register("typing", Typing, self.type)

    async def set_presence(self, session: Session, command: SetPresence, reply: Reply) -> None:
        """Be away, busy, invisible or none of these."""
        await self._presences.choose(session.principal, command.status, key=command.client_id)
        reply.ack()

    def type(self, session: Session, command: Typing, reply: Reply) -> Work | None:
        """Say that one types, without a task where one's place is remembered."""
        is_said = self._typing.say_at_once(
            session.principal, command.conversation_id, is_typing=command.typing
        )
        if not is_said:
            return self._type_slowly(session, command, reply)
        reply.ack()
        return None

    async def _type_slowly(self, session: Session, command: Typing, reply: Reply) -> None:
        await self._typing.say(session.principal, command.conversation_id, is_typing=command.typing)
        reply.ack()
