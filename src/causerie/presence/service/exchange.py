"""What nodes tell one another of presence: of each conversation at most one word a tick, and answers.

Who comes in a room of a thousand is one entry in a word to each other node with a reader of that room;
each node then tells its own readers, or counts. So traffic grows with the people, whatever the rooms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from causerie.conversations import Address
from causerie.foundation.clock import Clock
from causerie.foundation.identity import UserId
from causerie.presence.events import (
    ChoiceMade,
    NodeEnds,
    NodeLives,
    PeopleAsked,
    PeopleSeen,
    TypingHeard,
)
from causerie.presence.model import PRESENT, Abroad, News, Presence
from causerie.presence.ports import NODE_SECONDS, Nodes

log = structlog.get_logger()


class Exchange:
    """One node's side of it. Nothing here awaits."""

    def __init__(self, node: str, nodes: Nodes, clock: Clock) -> None:
        self._node = node
        self._nodes = nodes
        self._clock = clock
        self._abroad = Abroad()
        self._people: dict[int, dict[UserId, Presence]] = {}
        self._gone: dict[int, dict[UserId, Presence]] = {}
        self._known: set[int] = set()  # conversations that others were asked about
        # The same, and those that they are to be asked about again.
        self._followed: set[int] = set()
        self._new: set[int] = set()  # of these, since the last round
        self._asked_by_others: dict[int, None] = {}
        self._answered: dict[int, None] = {}
        self._typing: dict[Address, dict[UserId, bool]] = {}
        self._chose: set[UserId] = set()  # at other nodes, since the last tick

    # --- what is so here --------------------------------------------------------------------------

    def saw(self, presence: Presence, topics: Iterable[int]) -> None:
        """Have other nodes told what somebody is who is here, or was."""
        is_there = presence.status in PRESENT
        told, other = (self._people, self._gone) if is_there else (self._gone, self._people)
        for topic in topics:
            other.get(topic, {}).pop(presence.user_id, None)
            told.setdefault(topic, {})[presence.user_id] = presence

    def left(self, presence: Presence, topics: Iterable[int]) -> None:
        """Have other nodes told that somebody is here no more, whatever they are elsewhere."""
        for topic in topics:
            self._people.get(topic, {}).pop(presence.user_id, None)
            self._gone.setdefault(topic, {})[presence.user_id] = presence

    def follow(self, topics: Iterable[int]) -> None:
        """Ask others once who is there of conversations that somebody here follows."""
        for topic in topics:
            if topic not in self._known:
                if topic not in self._followed:
                    self._new.add(topic)
                self._known.add(topic)
                self._followed.add(topic)
                self._nodes.tell_topic(topic, PeopleAsked(self._node))

    def met(self, topic: int) -> Sequence[Presence]:
        """Who is at other nodes of a conversation that somebody came into here.

        Nobody where it is new here: then others are asked, and what they answer is told.
        """
        self._new.discard(topic)
        if topic in self._known:
            return self._abroad.people(topic)
        self._known.add(topic)
        self._followed.add(topic)
        self._nodes.tell_topic(topic, PeopleAsked(self._node))
        return ()

    def chose(self, user_id: UserId) -> None:
        """Tell other nodes that somebody chose what to be.

        Not by their conversations: who is told there that somebody went has to know that they came.
        """
        self._nodes.tell_all(ChoiceMade(user_id))

    def typed(self, address: Address, user_id: UserId, *, is_typing: bool) -> None:
        """Have other nodes told that somebody here types, types on, or does no more."""
        self._typing.setdefault(address, {})[user_id] = is_typing

    # --- what other nodes say ---------------------------------------------------------------------

    def heard(self, topic: int, event: PeopleSeen) -> None:
        """Take what a node says of its people."""
        now = self._clock.monotonic()
        if event.is_all:
            self._answered[topic] = None
        is_news = not event.is_all or topic not in self._new
        self._abroad.hear(
            event.node,
            topic,
            event.people,
            event.gone,
            is_all=event.is_all,
            is_news=is_news,
            now=now,
        )

    def asked(self, topic: int, event: PeopleAsked) -> None:
        """Take the question who is here."""
        self._abroad.lives(event.node, self._clock.monotonic())
        self._asked_by_others[topic] = None

    def lives(self, event: NodeLives) -> None:
        """Take that a node lives."""
        self._abroad.lives(event.node, self._clock.monotonic())

    def ends(self, event: NodeEnds) -> None:
        """Take that a node stops."""
        self._abroad.ends(event.node, self._clock.monotonic() + event.in_seconds)

    def choice_made(self, event: ChoiceMade) -> None:
        """Take that somebody chose what to be, at another node."""
        self._chose.add(event.user_id)

    def ask_again(self) -> None:
        """Something may have been missed: ask about everything, with the next round."""
        self._known.clear()

    # --- by the tick ------------------------------------------------------------------------------

    def questions(self) -> list[int]:
        """The conversations about which others asked since the last time."""
        asked, self._asked_by_others = self._asked_by_others, {}
        return list(asked)

    def choosers(self) -> set[UserId]:
        """Those who chose what to be at another node since the last time."""
        chose, self._chose = self._chose, set()
        return chose

    def answered(self) -> list[int]:
        """The conversations about which others answered since the last time."""
        answered, self._answered = self._answered, {}
        return list(answered)

    def answer(self, topic: int, people: Sequence[Presence]) -> None:
        """Say who is here of a conversation: these, and nobody else.

        What changed since the last tick is said all the same: an answer is no news to who asked, and
        the client that has just come there may have looked before the change.
        """
        self._nodes.tell_topic(topic, PeopleSeen(self._node, tuple(people), (), is_all=True))

    def send(self) -> None:
        """Tell other nodes what gathered, a word a conversation."""
        people, self._people = self._people, {}
        gone, self._gone = self._gone, {}
        for topic in people.keys() | gone.keys():
            here, away = people.get(topic, {}), gone.get(topic, {})
            if here or away:
                event = PeopleSeen(
                    self._node, tuple(here.values()), tuple(away.values()), is_all=False
                )
                self._nodes.tell_topic(topic, event)

    def send_typing(self) -> None:
        """Tell other nodes who types, a word a conversation."""
        typing, self._typing = self._typing, {}
        for address, users in typing.items():
            begun = tuple(user_id for user_id, is_typing in users.items() if is_typing)
            ended = tuple(user_id for user_id, is_typing in users.items() if not is_typing)
            self._nodes.tell_topic(address.id, TypingHeard(address.kind, begun, ended))

    def begin_round(self, is_followed: Iterable[int]) -> None:
        """Say that this node lives, and let go of conversations that are no more."""
        self._nodes.tell_all(NodeLives(self._node))
        followed = set(is_followed)
        self._known &= followed
        self._followed &= followed
        self._new.clear()
        self._abroad.forget(followed.__contains__)
        self.follow(followed)

    def end(self, *, in_seconds: float) -> None:
        """Say that this node stops, as the last word."""
        self._nodes.tell_all(NodeEnds(self._node, in_seconds))

    def take(self) -> list[News]:
        """What is to be told here; who was at a node that is no more is gone."""
        now, wall = self._clock.monotonic(), self._clock.now().timestamp()
        for node in self._abroad.fade(now, wall, after_seconds=NODE_SECONDS):
            log.info("presence_faded_with_its_node", node=node)
        return self._abroad.take()

    def online(self, topic: int) -> set[UserId]:
        """Who is there at other nodes."""
        return self._abroad.online(topic)

    def is_shown(self, user_id: UserId) -> bool:
        """Say whether somebody is at another node, for others to see."""
        return self._abroad.is_shown(user_id)
