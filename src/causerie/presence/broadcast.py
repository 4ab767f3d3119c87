"""Presence among the sockets of this node: who comes and goes, and who is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice

from typing_extensions import override

from causerie.conversations import Address, ConversationOpened, MemberLeft
from causerie.foundation.events import Event, Events, Unheard
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.realtime import Hub, Reader, in_parts
from causerie.gateway.session import Attendance, Session
from causerie.gateway.vocabulary import Vocabulary
from causerie.presence.events import (
    ChoiceMade,
    NodeEnds,
    NodeLives,
    PeopleAsked,
    PeopleSeen,
    PresenceChanged,
    PresenceCounted,
    TypingChanged,
    TypingHeard,
)
from causerie.presence.ports import Audience, Nodes, Records, Whereabouts
from causerie.presence.service import Exchange, PresenceService, TypingService
from causerie.presence.service.telling import TICK_SECONDS
from causerie.presence.wire import (
    WireCount,
    WirePresence,
    WireTyping,
    count_payload,
    presence_payload,
    typing_payload,
)

# A conversation with more sockets is told how many are there, and not who: of n people who come,
# each would be told of to n others.
MAX_AUDIENCE = 100
# Hears what others are told of a user, and in which conversations they are together.
Told = Callable[[UserId, Sequence[int], Event], None]
TOLD_AT_ONCE = 500  # Of a large one: 5 ms of writes, then others have their turn.


class HubAudience(Audience):
    """The port before the hub."""

    def __init__(self, hub: Hub, told: Told | None = None) -> None:
        self._hub = hub
        self._told = told

    @override
    def is_ready(self, user_id: UserId) -> bool:
        return any(reader.is_greeted for reader in self._hub.readers_of(user_id))

    @override
    def topics_of(self, user_id: UserId) -> Sequence[int]:
        return list({t for reader in self._hub.readers_of(user_id) for t in reader.topics})

    @override
    def topics(self) -> Sequence[int]:
        return self._hub.topics()

    @override
    def people_in(self, topic: int) -> set[UserId]:
        return {reader.user_id for reader in self._hub.followers(topic)}

    @override
    def is_large(self, topic: int) -> bool:
        some = islice(self._hub.followers(topic), MAX_AUDIENCE + 1)
        return sum(1 for _ in some) > MAX_AUDIENCE

    @override
    def tell_others(self, user_id: UserId, topics: Sequence[int], event: Event) -> int:
        readers: set[Reader] = set()
        for topic in topics:
            readers.update(self._hub.followers(topic))
        others = [reader for reader in readers if reader.user_id != user_id]
        self._hub.send_to_readers(others, event)
        if self._told is not None:
            self._told(user_id, topics, event)
        return len(others)

    @override
    def tell_own(self, user_id: UserId, event: Event) -> None:
        own = [reader for reader in self._hub.readers_of(user_id) if reader.is_greeted]
        self._hub.send_to_readers(own, event)

    @override
    async def tell_many(self, topic: int, event: Event) -> None:
        readers = list(self._hub.followers(topic))
        for begin in range(0, len(readers), TOLD_AT_ONCE):
            self._hub.send_to_readers(readers[begin : begin + TOLD_AT_ONCE], event)
            await asyncio.sleep(0)


class HubNodes(Nodes):
    """The port before the hub's bus; until it is connected nobody else is there."""

    def __init__(self) -> None:
        self._hub: Hub | None = None

    def connect(self, hub: Hub, events: Events, exchange: Exchange, typing: TypingService) -> None:
        """Speak through a hub, and hear what others say."""
        self._hub = hub

        def heard_of_typing(topic: int, event: TypingHeard) -> None:
            address = Address(event.kind, ConversationId(topic))
            typing.heard(address, event.typing, event.ended)

        hub.on_topic_event(PeopleSeen, exchange.heard)
        hub.on_topic_event(PeopleAsked, exchange.asked)
        hub.on_topic_event(TypingHeard, heard_of_typing)
        events.listen_everywhere(NodeLives, exchange.lives)
        events.listen_everywhere(NodeEnds, exchange.ends)
        events.listen_everywhere(ChoiceMade, exchange.choice_made)
        events.listen(Unheard, lambda _: exchange.ask_again())

    @override
    def tell_topic(self, topic: int, event: Event) -> None:
        if self._hub is not None:
            self._hub.tell_other_nodes(topic, event)

    @override
    def tell_all(self, event: Event) -> None:
        if self._hub is not None:
            self._hub.tell_nodes(event)


class MissedChoices:
    """Where other nodes were not heard: who chose there what to be, and is here too."""

    def __init__(self, hub: Hub, exchange: Exchange, records: Records) -> None:
        self._hub = hub
        self._exchange = exchange
        self._records = records

    async def look(self, seconds: float) -> None:
        """Have the choices of the last so many seconds read again. Raises ``Unavailable``."""
        for users in in_parts(self._hub.users()):
            for user_id in await self._records.choosers_since(users, seconds=seconds):
                self._exchange.choice_made(ChoiceMade(user_id))


class Farewell:
    """What a node that stops says: its people fade when they are not back soon, and not later."""

    def __init__(
        self, node: str, exchange: Exchange, whereabouts: Whereabouts, *, grace_seconds: float
    ) -> None:
        self._node = node
        self._exchange = exchange
        self._whereabouts = whereabouts
        self._grace_seconds = grace_seconds

    async def say(self) -> None:
        """Say it to other nodes, and where all look."""
        self._exchange.end(in_seconds=self._grace_seconds)
        await self._whereabouts.end(self._node, in_seconds=self._grace_seconds)


class Doorbook(Attendance):
    """Hears the doors, and what becomes of memberships."""

    def __init__(self, hub: Hub, presences: PresenceService, typing: TypingService) -> None:
        self._hub = hub
        self._presences = presences
        self._typing = typing

    def listen(self, events: Events) -> None:
        """Hear of every commit."""
        events.listen_everywhere(ConversationOpened, self.opened)
        events.listen(MemberLeft, self.parted)

    @override
    def came(self, session: Session) -> None:
        self._presences.came(session.user_id)

    @override
    def acted(self, session: Session) -> None:
        self._presences.acted(session.user_id, session)

    @override
    def left(self, session: Session, topics: Sequence[int]) -> None:
        if not self._hub.readers_of(session.user_id):
            self._typing.left(session.user_id)
            self._presences.left(session.user_id, topics)

    def opened(self, event: ConversationOpened) -> None:
        """Have those introduced who are in one conversation from now on."""
        if self._hub.readers_of(event.viewer):
            self._presences.met(event.viewer, event.view.id)

    def parted(self, event: MemberLeft) -> None:
        """Tell those no more who are no longer together."""
        self._presences.parted(event.user.id, event.conversation_id)
        self._typing.parted(event.user.id, Address(event.kind, event.conversation_id))


class Crier:
    """Tells a few times a second what there is to tell: the loop of one supervised worker each."""

    def __init__(
        self, audience: Audience, presences: PresenceService, typing: TypingService
    ) -> None:
        self._audience = audience
        self._presences = presences
        self._typing = typing

    async def run_presence(self) -> None:
        """Tell who came, went, idles or chose something."""
        await self._presences.run(self._audience)

    async def run_typing(self) -> None:
        """Tell who types."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.tell_typing()

    def tell_typing(self) -> None:
        """Tell who began and who ended since the last time; one's own sockets know it."""
        changes = self._typing.take(self._presences.is_shown)
        typed_on = self._typing.take_on()
        exchange = self._presences.exchange
        if exchange is not None:
            for address, user_id in typed_on:
                if self._presences.is_shown(user_id):
                    exchange.typed(address, user_id, is_typing=True)
            for change in changes:
                exchange.typed(change.address, change.user_id, is_typing=change.is_typing)
            exchange.send_typing()
            changes += self._typing.take_abroad()
        for change in changes:
            address = change.address
            event = TypingChanged(address.id, address.kind, change.user_id, change.is_typing)
            self._audience.tell_others(change.user_id, [address.id], event)


def teach_v2(vocabulary: Vocabulary) -> None:
    """Say in v2 what happened to presence."""
    vocabulary.say(PresenceChanged, presence_payload, name="presence", data=WirePresence)
    vocabulary.say(PresenceCounted, count_payload, name="presence_count", data=WireCount)
    vocabulary.say(TypingChanged, typing_payload, name="typing", data=WireTyping)
