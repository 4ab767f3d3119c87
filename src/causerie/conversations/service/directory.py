"""What one can see of conversations."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from causerie.conversations.model import (
    Address,
    Arrival,
    Change,
    ConversationView,
    Kind,
    MemberPage,
    MemberRole,
    Membership,
    Person,
    Position,
    is_room_name,
)
from causerie.conversations.ports import Store
from causerie.conversations.service import rules
from causerie.conversations.service.memberships import Memberships
from causerie.foundation.identity import ConversationId, Principal, Rev, UserId
from causerie.foundation.paging import require_limit

MAX_ROOMS_PER_SEARCH = 50  # One list on a screen; who seeks more types more of the name.
MAX_MEMBERS_PER_PAGE = 5000  # Some 150 bytes each: 750 KB.


class Directory:
    """Reads: each is one statement, and so from one moment."""

    def __init__(self, store: Store, memberships: Memberships) -> None:
        self._store = store
        self._memberships = memberships

    async def get(self, who: Principal, address: Address) -> ConversationView:
        """A conversation of the user's, or a public room. Raises ``NotFound``."""
        view = await self._store.find_view(address.id, viewer=who.user_id)
        return rules.require_seen(None if view is None or view.address != address else view)

    async def members(
        self,
        who: Principal,
        address: Address,
        *,
        after: UserId | None = None,
        limit: int = MAX_MEMBERS_PER_PAGE,
    ) -> MemberPage:
        """Who is in it, in the order of their ids. Raises ``NotFound``, ``NotAMember``."""
        require_limit(limit, MAX_MEMBERS_PER_PAGE)
        view = await self.get(who, address)
        rules.require_may_list(view, who)
        found = await self._store.members(
            address.id,
            after=after,
            limit=limit + 1,
            viewer=None if view.role is None else who.user_id,
        )
        if address.kind is Kind.DIRECT:
            # Whether the other has blocked one is nobody's business.
            found = [replace(member, role=MemberRole.MEMBER) for member in found]
        return MemberPage(found[:limit], has_more=len(found) > limit)

    async def search_rooms(
        self, who: Principal, part: str, *, limit: int = MAX_ROOMS_PER_SEARCH
    ) -> list[ConversationView]:
        """Public rooms with this in their names; the best matches first."""
        require_limit(limit, MAX_ROOMS_PER_SEARCH)
        if part and not is_room_name(part):
            return []
        return await self._store.search_rooms(part, who.user_id, limit=limit)

    async def own(self, who: Principal) -> list[ConversationView]:
        """All conversations that the user is in, by id."""
        return await self._store.own_views(who.user_id)

    async def snapshot(
        self, user_id: UserId, ids: Sequence[ConversationId] | None = None
    ) -> list[ConversationView]:
        """All of the user's conversations, or those of them that are named; by id."""
        return await self._memberships.views_of(user_id, ids)

    async def find_arrival(self, user_id: UserId) -> Arrival | None:
        """Who comes in, and what is theirs; None for who is gone."""
        return await self._store.find_arrival(user_id)

    async def membership(
        self, conversation_id: ConversationId, user_id: UserId
    ) -> Membership | None:
        """A user's place in a conversation, from the table; None for a stranger."""
        return await self._memberships.find(conversation_id, user_id)

    async def position(self, conversation_id: ConversationId, user_id: UserId) -> Position | None:
        """How far a conversation of the user's has come, from the table; None for a stranger."""
        return await self._store.find_position(conversation_id, user_id)

    def membership_now(self, conversation_id: ConversationId, user_id: UserId) -> Membership | None:
        """A user's place as remembered, at once; None says nothing: ask ``membership``."""
        return self._memberships.now(conversation_id, user_id)

    async def people(self, ids: Sequence[UserId]) -> list[Person]:
        """Those of the users that exist."""
        return await self._store.people(ids)

    async def changes_since(
        self, conversation_id: ConversationId, rev: Rev, *, upto: Rev, limit: int
    ) -> list[Change]:
        """The changes after ``rev`` up to and with ``upto``, oldest first, at most ``limit``."""
        return await self._store.changes_since(conversation_id, rev, upto=upto, limit=limit)
