"""Who may see what: the first thing that every call asks."""

from __future__ import annotations

from causerie.conversations import (
    Address,
    ConversationService,
    Membership,
    NotAMember,
    Position,
    parse_wire_id,
)
from causerie.foundation.identity import ConversationId, MessageId, Principal
from causerie.messages.errors import ConversationNotFound, MessageNotFound
from causerie.messages.ports import Found, MessageStore


class Access:
    """Finds conversations and messages on behalf of a user."""

    def __init__(self, conversations: ConversationService, store: MessageStore) -> None:
        self._conversations = conversations
        self._store = store

    def membership_now(self, conversation: ConversationId, who: Principal) -> Membership | None:
        """The user's place in a conversation where it is known without asking."""
        return self._conversations.membership_now(conversation, who.user_id)

    async def require_membership(self, who: Principal, address: Address) -> Membership:
        """A public room may be seen by all, its messages by members; others are not even there."""
        membership = await self._conversations.membership(address.id, who.user_id)
        if membership is None:
            await self._conversations.get(who, address)
            raise NotAMember
        if membership.kind is not address.kind:
            raise ConversationNotFound
        return membership

    async def require_reader(self, reader: Principal, conversation: str) -> ConversationId:
        """Give the id of a conversation that the user is in. Raises ``NotFound``, ``NotAMember``."""
        address = parse_wire_id(conversation)
        membership = self.membership_now(address.id, reader)
        if membership is None or membership.kind is not address.kind:
            await self.require_membership(reader, address)
        return address.id

    async def require_position(
        self, reader: Principal, conversation: str
    ) -> tuple[ConversationId, Position]:
        """The same, asked of the table, with how far the conversation has come."""
        address = parse_wire_id(conversation)
        position = await self._conversations.position(address.id, reader.user_id)
        if position is None or position.kind is not address.kind:
            await self.require_membership(reader, address)
            raise NotAMember  # Who came in at this very moment asks again.
        return address.id, position

    async def require_found(self, who: Principal, message_id: int) -> Found:
        """A message, and what the user is in its conversation, which may be nothing."""
        found = await self._store.find(MessageId(message_id), viewer=who.user_id)
        if found is None:
            raise MessageNotFound
        return found

    async def require_visible(self, who: Principal, message_id: int) -> Found:
        """A message of a conversation that the user is in."""
        found = await self.require_found(who, message_id)
        if found.role is None:
            raise MessageNotFound
        return found
