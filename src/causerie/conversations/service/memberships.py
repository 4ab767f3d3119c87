"""Who is in which conversation, remembered in the process for the path of every send."""

from __future__ import annotations

from collections.abc import Sequence

from causerie.conversations.events import ConversationUpdated, MemberLeft, RoleGiven
from causerie.conversations.model import ConversationView, Membership
from causerie.conversations.ports import Store
from causerie.foundation.events import Events, Unheard
from causerie.foundation.identity import ConversationId, UserId

# Some 150 bytes each, so 30 MB at most: ten conversations each for 20,000 connected users.
MAX_REMEMBERED = 200_000


class Memberships:
    """Remembers who is a member, never who is not; kept true by the conversations' own events.

    Events only make it forget, and the table is asked again: so their order does not matter.
    A process that does not hear another's events is wrong until told: what it remembers saves a
    question, and the transaction of a send asks the table once more.
    """

    def __init__(
        self, store: Store, events: Events, *, max_remembered: int = MAX_REMEMBERED
    ) -> None:
        self._store = store
        self._max_remembered = max_remembered
        self._known: dict[ConversationId, dict[UserId, Membership]] = {}
        self._count = 0
        # Grows with each event, so that an answer asked for before an event is not kept after it.
        self._events_heard = 0
        events.listen_everywhere(MemberLeft, self._on_left)
        events.listen_everywhere(RoleGiven, self._on_role)
        events.listen_everywhere(ConversationUpdated, self._on_updated)
        events.listen(Unheard, self._on_unheard)

    def now(self, conversation_id: ConversationId, user_id: UserId) -> Membership | None:
        """What is remembered, at once; None says nothing: ask ``find``."""
        known = self._known.get(conversation_id)
        return known.get(user_id) if known is not None else None

    async def find(self, conversation_id: ConversationId, user_id: UserId) -> Membership | None:
        """Ask the table; None is a stranger."""
        heard = self._events_heard
        found = await self._store.find_membership(conversation_id, user_id)
        if found is not None and heard == self._events_heard:
            self._remember(found)
        return found

    async def views_of(
        self, user_id: UserId, ids: Sequence[ConversationId] | None = None
    ) -> list[ConversationView]:
        """Read the user's conversations, and remember the user's place in them."""
        heard = self._events_heard
        if ids is None:
            views = await self._store.views_of(user_id)
        else:
            views = await self._store.named_views_of(user_id, ids)
        if heard == self._events_heard:
            for view in views:
                if (membership := view.membership(user_id)) is not None:
                    self._remember(membership)
        return views

    def _remember(self, membership: Membership) -> None:
        known = self._known.setdefault(membership.conversation_id, {})
        self._count += membership.user_id not in known
        known[membership.user_id] = membership
        while self._count > self._max_remembered:
            oldest = next(iter(self._known))
            self._count -= len(self._known.pop(oldest))

    def _on_left(self, event: MemberLeft) -> None:
        self._forget(event.conversation_id, event.user.id)

    def _on_role(self, event: RoleGiven) -> None:
        self._forget(event.conversation_id, event.user_id)

    def _on_updated(self, event: ConversationUpdated) -> None:
        self._events_heard += 1
        known = self._known.get(event.conversation_id)
        # All of a conversation's are the same in this.
        if known and next(iter(known.values())).archived != event.archived:
            self._count -= len(self._known.pop(event.conversation_id))

    def _on_unheard(self, event: Unheard) -> None:
        # While it lasts, what is remembered is no worse than a moment ago: see above.
        if not event.is_ongoing:
            self._events_heard += 1
            self._known.clear()
            self._count = 0

    def _forget(self, conversation_id: ConversationId, user_id: UserId) -> None:
        self._events_heard += 1
        known = self._known.get(conversation_id)
        if known is not None and known.pop(user_id, None) is not None:
            self._count -= 1
            if not known:
                del self._known[conversation_id]
