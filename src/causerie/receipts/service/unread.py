"""What is unread, in one list; who has read what; and all of it marked as read."""

from __future__ import annotations

from collections.abc import Sequence

from causerie.conversations import Address, ConversationService
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal
from causerie.receipts.model.unread import Receipts, Tally, Unread
from causerie.receipts.ports import Positions, Tallies

# In a larger conversation who has read what is a flood, and nobody looks at it; the events keep to
# the same bound (conversations).
MAX_RECEIPTS = 100


class UnreadService:
    """Nothing here is counted up and down: what is unread lies between two numbers."""

    def __init__(
        self,
        *,
        conversations: ConversationService,
        positions: Positions,
        tallies: Tallies,
        events: Events,
        completion: Completion,
    ) -> None:
        self._conversations = conversations
        self._positions = positions
        self._tallies = tallies
        self._events = events
        self._completion = completion

    async def list(self, who: Principal) -> Sequence[Unread]:
        """Every conversation of which something is unread, by id."""
        found = await self._positions.unread(who.user_id)
        tallies = await self._tallies.behind(who.user_id, [position for _, position in found])
        return [
            Unread(
                position.conversation_id,
                kind,
                position.read_seq,
                position.last_seq,
                tallies.get(position.conversation_id, Tally()),
            )
            for kind, position in found
        ]

    async def read_all(self, who: Principal, *, key: str | None = None) -> None:
        """Mark everything as read; what arrives meanwhile may be left."""
        await self._completion.run(self._read_all(who, key))

    async def _read_all(self, who: Principal, key: str | None) -> None:
        self._events.announce(await self._positions.read_all(who.user_id, key=key))

    async def receipts(self, who: Principal, address: Address) -> Receipts:
        """Who has read how far, of a conversation of one's own. Raises ``NotFound``, ``NotAMember``."""
        # As the list of members: who may see that may see this.
        page = await self._conversations.members(who, address, limit=MAX_RECEIPTS)
        if page.has_more:
            return Receipts((), is_listed=False)
        items = await self._positions.readers(address.id, limit=MAX_RECEIPTS)
        return Receipts(items, is_listed=True)
