"""Gathers who came, went, idles or chose something, and tells it, a few times a second.

Nothing here is done while somebody connects: the doors note that they came, and the next tick reads
what all who came have chosen, by one statement. Until that is known they are offline to others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import structlog

from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Unavailable
from causerie.foundation.identity import ConversationId, Principal, UserId
from causerie.presence.events import PresenceChanged, PresenceCounted
from causerie.presence.model import (
    LASTING,
    NOWHERE,
    PRESENT,
    Change,
    Choice,
    Person,
    Presence,
    Roll,
    Status,
    as_seen,
    require_choosable,
)
from causerie.presence.ports import Audience, Records, Whereabouts
from causerie.presence.service.exchange import Exchange

log = structlog.get_logger()

TICK_SECONDS = 0.25  # Coalesces; a person sees nothing of it.
ROUND_SECONDS = 30.0  # How finely activity is seen of somebody who is not idle.
COUNT_SECONDS = 5.0  # Between two counts of one large room.
CHANGES_AT_ONCE = 32  # Each reaches some hundreds: 10 ms, and then others have their turn.
MAX_LARGE_ROOMS = 10_000  # Whose last count is remembered; forgotten, one is told once more.
RETRY_SECONDS = 1.0  # While the database is away nothing is told.


class Acting(Protocol):
    """A session, as far as activity goes."""

    has_acted: bool


class PresenceService:
    """What people are, chosen or by themselves. ``run`` is a supervised worker."""

    def __init__(  # noqa: PLR0913 - what it stands on, each by name
        self,
        *,
        node: str,
        whereabouts: Whereabouts,
        records: Records,
        completion: Completion,
        clock: Clock,
        idle_seconds: float,
        grace_seconds: float,
        exchange: Exchange | None = None,
        on_seen: Callable[[UserId], None] = lambda _: None,
    ) -> None:
        self._on_seen = on_seen  # Others see something else of somebody from now on.
        self._node = node
        self.exchange = exchange  # None: there are no other nodes.
        self._whereabouts = whereabouts
        self._records = records
        self._completion = completion
        self._clock = clock
        self._roll = Roll(idle_seconds=idle_seconds, grace_seconds=grace_seconds)
        self._round_seconds = min(ROUND_SECONDS, idle_seconds / 4)
        self._round_ends = 0.0
        self._acted: list[Acting] = []
        # What their own devices were last told; who is not here was told of as offline.
        self._told: dict[UserId, Status] = {}
        self._unread: set[UserId] = set()  # Whose choice is to be read.
        self._greeted: set[UserId] = set()  # Of whom a new device does not know yet what they are.
        self._met: dict[int, set[UserId]] = {}  # who came into which conversation
        self._to_count: dict[int, None] = {}
        self._counted: dict[int, int] = {}
        self._counts_due = 0.0

    # --- what the doors and neighbours say --------------------------------------------------------

    def came(self, user_id: UserId) -> None:
        """Hear of a new device."""
        self._roll.came(user_id, self._clock.monotonic())
        self._greeted.add(user_id)

    def acted(self, user_id: UserId, session: Acting) -> None:
        """Hear of a command."""
        self._acted.append(session)
        self._roll.acted(user_id, self._clock.monotonic())

    def left(self, user_id: UserId, topics: Sequence[int]) -> None:
        """Hear that the last device is gone, and what it followed."""
        self._roll.left(user_id, topics, self._clock.monotonic())

    def met(self, user_id: UserId, topic: int) -> None:
        """Hear that somebody came into a conversation: they and the others do not know each other."""
        self._met.setdefault(topic, set()).add(user_id)

    def parted(self, user_id: UserId, topic: int) -> None:
        """Hear that somebody is out of a conversation."""
        self._roll.forget_topic(user_id, topic)
        if self.exchange is not None:
            now = self._clock.now().timestamp()
            self.exchange.left(Presence(user_id, Status.OFFLINE, None, now), [topic])

    def is_shown(self, user_id: UserId) -> bool:
        """Say whether others were told that somebody is there."""
        if self._told.get(user_id) in PRESENT:
            return True
        return self.exchange is not None and self.exchange.is_shown(user_id)

    def online_in(self, topic: int, audience: Audience) -> int:
        """How many are there of a conversation, at all nodes, each person once."""
        here = {user for user in audience.people_in(topic) if self._told.get(user) in PRESENT}
        return len(here if self.exchange is None else here | self.exchange.online(topic))

    # --- choosing --------------------------------------------------------------------------------

    async def choose(self, who: Principal, status: Status, *, key: str | None = None) -> None:
        """Be something: away, busy, invisible, or online, which is what the devices make of it.

        Busy and invisible last for good; away ends with the last device. Raises ``Invalid``.
        """
        require_choosable(status)
        await self._completion.run(self._choose(who.user_id, status, key))

    async def _choose(self, user_id: UserId, status: Status, key: str | None) -> None:
        now, wall = self._now()
        standing = self._roll.standing(user_id, now=now, wall=wall)
        number = await self._records.choose(
            user_id, status, active_at=standing.active_at if standing else wall, key=key
        )
        if number is None:
            return
        # What a tick has read of it meanwhile may be older.
        self._read_again(user_id)
        standing = self._roll.standing(user_id, now=now, wall=wall)  # As it is after the wait.
        if standing is not None:
            choices = {user_id: Choice(status, number)}
            await self._whereabouts.put(self._node, {user_id: standing}, choices)
        if self.exchange is not None:
            self.exchange.chose(user_id)

    # --- telling ---------------------------------------------------------------------------------

    async def run(self, audience: Audience) -> None:
        """Tick for ever."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self.tick(audience)
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)

    async def tick(self, audience: Audience) -> None:
        """Tell what has changed since the last tick. Raises ``Unavailable``: nothing is lost."""
        now, wall = self._now()
        await self._begin_round(now, audience)
        changes = self._roll.take(now=now, wall=wall)
        # Who is being greeted has no conversations yet to be told of in.
        waiting = [c for c in changes if c.standing and not audience.is_ready(c.user_id)]
        self._roll.again(waiting)
        ready = [c for c in changes if not c.standing or audience.is_ready(c.user_id)]
        done = 0
        try:
            choices = await self._learn_choices(ready)
            await self._note_gone(ready)
            while done < len(ready):
                await self._tell(ready[done : done + CHANGES_AT_ONCE], choices, audience)
                done += CHANGES_AT_ONCE
                await asyncio.sleep(0)
        except BaseException:
            self._roll.again(ready[done:])
            raise
        await self._introduce(audience)
        if self.exchange is not None:
            self._talk(self.exchange, audience)
        await self._count(audience, now, wall)

    def _talk(self, exchange: Exchange, audience: Audience) -> None:
        """Tell other nodes, and here what they said."""
        wall = self._clock.now().timestamp()
        for topic in exchange.questions():
            here = [u for u in audience.people_in(topic) if self._told.get(u) in PRESENT]
            exchange.answer(topic, [Presence(user, self._told[user], None, wall) for user in here])
        exchange.send()
        for user_id in filter(self._roll.__contains__, exchange.choosers()):
            self._read_again(user_id)
        self._to_count |= dict.fromkeys(filter(audience.is_large, exchange.answered()))
        for news in exchange.take():
            user_id = news.presence.user_id
            if user_id in self._roll:
                # Here too: what they are is for this node to say, and may be another by now.
                self._read_again(user_id)
            else:
                self._on_seen(user_id)
                self._tell_others(user_id, news.topics, PresenceChanged(news.presence), audience)

    def _read_again(self, user_id: UserId) -> None:
        self._unread.add(user_id)
        self._roll.touch(user_id)

    async def _begin_round(self, now: float, audience: Audience) -> None:
        if now < self._round_ends:
            return
        self._round_ends = now + self._round_seconds
        if self.exchange is not None:
            self.exchange.begin_round(audience.topics())
        acted, self._acted = self._acted, []
        for session in acted:
            session.has_acted = False
        # Those of nodes that died: the nodes that are left look at who follows whom of them.
        for user_id in await self._whereabouts.keep(self._node):
            log.info("presence_ended_with_its_node", user_id=user_id)

    async def _learn_choices(self, changes: Sequence[Change]) -> Mapping[UserId, Choice]:
        here = [change.user_id for change in changes if change.standing]
        new = {user_id for user_id in here if user_id not in self._told}
        asked = [user_id for user_id in here if user_id in new or user_id in self._unread]
        if not asked:
            return {}
        self._unread.difference_update(asked)
        try:
            found = await self._records.choices_of(asked)
        except BaseException:
            self._unread.update(asked)
            raise
        # Who was gone altogether is back: away was for then.
        return {
            user_id: Choice(Status.ONLINE, choice.number)
            if user_id in new and choice.status not in LASTING
            else choice
            for user_id, choice in found.items()
        }

    async def _note_gone(self, changes: Sequence[Change]) -> None:
        gone = {c.user_id: c.active_at for c in changes if c.standing is None and c.active_at}
        if gone:
            await self._records.note_active(gone)

    async def _tell(
        self, changes: Sequence[Change], choices: Mapping[UserId, Choice], audience: Audience
    ) -> None:
        people = await self._whereabouts.put(
            self._node,
            {change.user_id: change.standing for change in changes},
            {c.user_id: choices[c.user_id] for c in changes if c.user_id in choices},
        )
        wall = self._clock.now().timestamp()
        for change in changes:
            self._tell_one(change, people.get(change.user_id, NOWHERE), wall, audience)

    def _tell_one(self, change: Change, person: Person, wall: float, audience: Audience) -> None:
        user_id, own = change.user_id, person.own
        before = self._told.get(user_id)
        if change.standing is None:
            self._told.pop(user_id, None)
            self._unread.discard(user_id)
            self._greeted.discard(user_id)
        else:
            self._told[user_id] = own
            self._tell_own(user_id, before, person, wall, audience)
        seen = as_seen(own)
        topics = change.topics if change.standing is None else audience.topics_of(user_id)
        presence = change.presence(seen, person, wall)
        if self.exchange is not None:
            self._tell_nodes(self.exchange, before, change, presence, topics)
        if seen is not as_seen(before or Status.OFFLINE):
            self._on_seen(user_id)
            self._tell_others(user_id, topics, PresenceChanged(presence), audience)

    @staticmethod
    def _tell_nodes(
        exchange: Exchange,
        before: Status | None,
        change: Change,
        presence: Presence,
        topics: Sequence[int],
    ) -> None:
        if change.standing is None:
            if before in PRESENT:  # Of whom nobody was told, nobody is told that they are gone.
                exchange.left(presence, topics)
            return
        exchange.follow(topics)
        if presence.status is not as_seen(before or Status.OFFLINE):
            exchange.saw(presence, topics)

    def _tell_own(
        self,
        user_id: UserId,
        before: Status | None,
        person: Person,
        wall: float,
        audience: Audience,
    ) -> None:
        is_new = user_id in self._greeted
        self._greeted.discard(user_id)
        # Online is what a device takes itself to be where it hears nothing.
        if person.own is not (before or Status.ONLINE) or (
            is_new and person.own is not Status.ONLINE
        ):
            active_at = person.standing.active_at if person.standing else None
            presence = Presence(user_id, person.own, active_at, wall)
            audience.tell_own(user_id, PresenceChanged(presence))

    def _tell_others(
        self, user_id: UserId, topics: Sequence[int], event: PresenceChanged, audience: Audience
    ) -> None:
        small: list[int] = []
        for topic in topics:
            if audience.is_large(topic):
                self._to_count[topic] = None
            else:
                small.append(topic)
        audience.tell_others(user_id, small, event)

    async def _introduce(self, audience: Audience) -> None:
        """Tell those who are now in one conversation what the others are, once of each."""
        met, self._met = self._met, {}
        for topic, new in met.items():
            if audience.is_large(topic):
                self._to_count[topic] = None
                continue
            people = [user for user in audience.people_in(topic) if self.is_shown(user)]
            found = await self._whereabouts.find(people)
            abroad = () if self.exchange is None else self.exchange.met(topic)
            there = [presence for presence in abroad if presence.user_id not in found]
            wall = self._clock.now().timestamp()
            for other, person in found.items():
                if person.seen in PRESENT and person.standing is not None:
                    there.append(Presence(other, person.seen, person.standing.active_at, wall))
            self._introduce_to(new, topic, there, audience)

    def _introduce_to(
        self, new: set[UserId], topic: int, there: Sequence[Presence], audience: Audience
    ) -> None:
        for presence in there:
            if presence.user_id not in new:
                for user_id in new:
                    audience.tell_own(user_id, PresenceChanged(presence))
            elif self.is_shown(presence.user_id):
                # To all who are there: to the others who are new, too.
                audience.tell_others(presence.user_id, [topic], PresenceChanged(presence))
                if self.exchange is not None:
                    self.exchange.saw(presence, [topic])

    async def _count(self, audience: Audience, now: float, wall: float) -> None:
        if now < self._counts_due or not self._to_count:
            return
        self._counts_due = now + COUNT_SECONDS
        topics, self._to_count = self._to_count, {}
        for topic in topics:
            online = self.online_in(topic, audience)
            if self._counted.pop(topic, None) != online:
                kind = await self._records.kind_of(topic)
                await audience.tell_many(
                    topic, PresenceCounted(ConversationId(topic), kind, online, wall)
                )
            self._counted[topic] = online
            if len(self._counted) > MAX_LARGE_ROOMS:
                del self._counted[next(iter(self._counted))]

    def _now(self) -> tuple[float, float]:
        return self._clock.monotonic(), self._clock.now().timestamp()
