"""Who is at other nodes, as those say: by conversation, as far as somebody here follows it.

Pure: words and moments in, what is to be told here out. A node that is not heard of any more is gone
with all who were there alone. Moments are in seconds of a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from causerie.foundation.identity import UserId
from causerie.presence.model.presence import PRESENT, Presence, Status

# Places of people in conversations, some 150 bytes each. Who is beyond it is told of and not counted.
MAX_PLACES_ABROAD = 500_000


class News(msgspec.Struct, frozen=True, gc=False):
    """Somebody at another node is something else, for those here who follow one of the topics."""

    presence: Presence
    topics: Sequence[int]


class _Guest(msgspec.Struct, gc=False):
    presence: Presence
    topics: set[int]


class Abroad:
    """What each node says of its own people; somebody may be at several."""

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}
        self._ends: dict[str, float] = {}  # of those that said so
        self._guests: dict[str, dict[UserId, _Guest]] = {}
        self._in: dict[int, set[tuple[str, UserId]]] = {}
        self._places = 0
        self._news: dict[UserId, tuple[Presence, set[int]]] = {}

    def lives(self, node: str, now: float) -> None:
        """Hear of a node."""
        self._heard[node] = now

    def ends(self, node: str, now: float) -> None:
        """Hear that a node is no more from that moment on."""
        if node in self._heard:
            self._ends[node] = now

    def hear(
        self,
        node: str,
        topic: int,
        people: Iterable[Presence],
        gone: Iterable[Presence],
        *,
        is_all: bool,
        is_news: bool = True,
        now: float,
    ) -> None:
        """Hear what people at a node are, and who is there no more, or follows the topic no more.

        ``is_all``: nobody else is there. ``is_news`` False: those who follow here have only just
        come, and ask for themselves.
        """
        self.lives(node, now)
        said = list(people)
        if is_all:
            named = {presence.user_id for presence in said}
            at = max((presence.at for presence in said), default=0.0)
            for other, user_id in tuple(self._in.get(topic, ())):
                if other == node and user_id not in named:
                    self._lose(node, topic, Presence(user_id, Status.OFFLINE, None, at))
        for presence in said:
            if presence.status in PRESENT:
                self._take(node, topic, presence, is_news=is_news)
            else:
                self._lose(node, topic, presence)
        for presence in gone:
            self._lose(node, topic, presence)

    def fade(self, now: float, wall: float, *, after_seconds: float) -> list[str]:
        """Let nodes go that ended, or were not heard of for so long; gives which.

        ``wall`` is the Unix time.
        """
        silent = [
            node
            for node, heard in self._heard.items()
            if now >= self._ends.get(node, heard + after_seconds)
        ]
        for node in silent:
            del self._heard[node]
            self._ends.pop(node, None)
            for user_id, guest in tuple(self._guests.get(node, {}).items()):
                gone = Presence(user_id, Status.OFFLINE, guest.presence.last_active_at, wall)
                for topic in tuple(guest.topics):
                    self._lose(node, topic, gone)
        return silent

    def forget(self, is_followed: Callable[[int], bool]) -> None:
        """Forget conversations that nobody here follows any more."""
        for topic in [topic for topic in self._in if not is_followed(topic)]:
            for node, user_id in tuple(self._in[topic]):
                self._drop(node, topic, user_id)

    def take(self) -> list[News]:
        """Give what is to be told here since the last time, each person once."""
        news, self._news = self._news, {}
        return [News(presence, tuple(topics)) for presence, topics in news.values()]

    def online(self, topic: int) -> set[UserId]:
        """Who is there of a conversation, at other nodes."""
        return {user_id for _, user_id in self._in.get(topic, ())}

    def people(self, topic: int) -> list[Presence]:
        """What those are who are there of a conversation, at other nodes; each person once."""
        found = {
            user_id: self._guests[node][user_id].presence
            for node, user_id in self._in.get(topic, ())
        }
        return list(found.values())

    def is_shown(self, user_id: UserId) -> bool:
        """Say whether somebody is at another node, for others to see."""
        return any(user_id in guests for guests in self._guests.values())

    # --- inside ----------------------------------------------------------------------------------

    def _take(self, node: str, topic: int, presence: Presence, *, is_news: bool) -> None:
        user_id = presence.user_id
        here = self._in.setdefault(topic, set())
        if (node, user_id) not in here and self._places < MAX_PLACES_ABROAD:
            here.add((node, user_id))
            self._places += 1
            guests = self._guests.setdefault(node, {})
            guests.setdefault(user_id, _Guest(presence, set())).topics.add(topic)
        elif not here:
            del self._in[topic]
        guest = self._guests.get(node, {}).get(user_id)
        if guest is not None and guest.presence.at <= presence.at:
            guest.presence = presence
        if is_news:
            self._note(presence, topic)

    def _lose(self, node: str, topic: int, presence: Presence) -> None:
        self._drop(node, topic, presence.user_id)
        if not any(user_id == presence.user_id for _, user_id in self._in.get(topic, ())):
            self._note(msgspec.structs.replace(presence, status=Status.OFFLINE), topic)

    def _drop(self, node: str, topic: int, user_id: UserId) -> None:
        here = self._in.get(topic)
        if here is None or (node, user_id) not in here:
            return
        here.remove((node, user_id))
        self._places -= 1
        if not here:
            del self._in[topic]
        guests = self._guests[node]
        topics = guests[user_id].topics
        topics.discard(topic)
        if not topics:
            del guests[user_id]
        if not guests:
            del self._guests[node]

    def _note(self, presence: Presence, topic: int) -> None:
        before = self._news.get(presence.user_id)
        if before is None or before[0].at < presence.at:
            topics = {topic} if before is None else before[1] | {topic}
            self._news[presence.user_id] = (presence, topics)
        else:
            before[1].add(topic)
