"""Presence as one asks for it: of a conversation of one's own, or of somebody in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from causerie.conversations import Address, ConversationService
from causerie.foundation.clock import Clock
from causerie.foundation.errors import NotFound
from causerie.foundation.identity import Principal, UserId
from causerie.presence.model import NOWHERE, PRESENT, Person, Presence, Room, Status
from causerie.presence.ports import Audience, Records, Whereabouts
from causerie.presence.service.telling import PresenceService

# As many as are told one by one (broadcast.MAX_AUDIENCE): in a larger conversation one gets counts.
MAX_LISTED_MEMBERS = 100


class Lookups:
    """What is told here is what the events tell; ``at`` says which of two is newer."""

    def __init__(
        self,
        *,
        conversations: ConversationService,
        whereabouts: Whereabouts,
        records: Records,
        presences: PresenceService,
        clock: Clock,
    ) -> None:
        self._conversations = conversations
        self._whereabouts = whereabouts
        self._records = records
        self._presences = presences
        self._clock = clock

    async def user(self, who: Principal, user_id: UserId) -> Presence:
        """Somebody with whom one shares a conversation, or oneself. Raises ``NotFound``."""
        if user_id != who.user_id and not await self._records.share_a_conversation(
            who.user_id, user_id
        ):
            raise NotFound("user")
        (presence,) = await self._presences_of([user_id], viewer=who.user_id)
        return presence

    async def people(self, who: Principal, users: Sequence[UserId]) -> list[Presence]:
        """People with whom the caller knows that one shares a conversation."""
        return await self._presences_of(users, viewer=who.user_id)

    async def present(self, users: Sequence[UserId]) -> list[UserId]:
        """Those of the users who are there, as far as others may know; for ``@here``."""
        found = await self._whereabouts.find(users)
        return [user_id for user_id, person in found.items() if person.seen in PRESENT]

    async def room(self, who: Principal, address: Address, audience: Audience) -> Room:
        """All members of a conversation of one's own. Raises ``NotFound``, ``NotAMember``."""
        page = await self._conversations.members(who, address, limit=MAX_LISTED_MEMBERS)
        if page.has_more:
            online = self._presences.online_in(address.id, audience)
            return Room([], online, is_listed=False, at=self._clock.now().timestamp())
        items = await self._presences_of(
            [member.person.id for member in page.items], viewer=who.user_id
        )
        hidden = (Status.OFFLINE, Status.INVISIBLE)
        online = sum(item.status not in hidden for item in items)
        return Room(items, online, is_listed=True, at=self._clock.now().timestamp())

    async def _presences_of(self, users: Sequence[UserId], *, viewer: UserId) -> list[Presence]:
        # First what lasts: who leaves in between has then been seen there.
        last = await self._records.last_active(users)
        found = await self._whereabouts.find(users)
        at = self._clock.now().timestamp()
        return [self._presence(user, viewer, found, last, at) for user in users]

    @staticmethod
    def _presence(
        user_id: UserId,
        viewer: UserId,
        found: Mapping[UserId, Person],
        last: Mapping[UserId, float],
        at: float,
    ) -> Presence:
        person = found.get(user_id, NOWHERE)
        status = person.own if user_id == viewer else person.seen
        if status is Status.OFFLINE or person.standing is None:
            return Presence(user_id, status, last.get(user_id), at)
        return Presence(user_id, status, person.standing.active_at, at)
