"""Topic to local sessions: every reader gets every entry once, in order, or is told to come back.

A reader that follows a topic is either *live* (it has everything up to the topic's position, and
gets what is new as the same bytes as all others) or has a *cursor* (it has less, or for a moment
more, and is brought to the topic's position from the ring or from the database). Live messages of
a conversation are not queued for a reader with a cursor; the cursor comes to them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from typing_extensions import override

from causerie.foundation.events import Event, Unheard
from causerie.foundation.identity import UserId
from causerie.foundation.realtime.backlogs import Backlogs, NoBacklogs
from causerie.foundation.realtime.bus import Bus, Ears
from causerie.foundation.realtime.catching import CatchUp, Source
from causerie.foundation.realtime.doubts import Doubts
from causerie.foundation.realtime.entry import Encoders, Entry
from causerie.foundation.realtime.missed import Look, Missed
from causerie.foundation.realtime.topic import Cursor, Reader, Topic
from causerie.foundation.telemetry import metrics

HOLE_PATIENCE_SECONDS = 0.05  # Commits on two connections are announced out of order for less.
E = TypeVar("E", bound=Event)
# Any: as in Events, on_topic_event() keeps the pair of a type and its listener honest.
TopicListener = Callable[[int, Any], None]
NodesListener = Callable[[Event], None]
UserListener = Callable[[Any], None]  # Any: on_user_event() keeps the pair honest


def _pass_over(_event: Event) -> None:
    """Nobody listens."""


class Hub(Ears):
    """The readers of this node and the topics that they follow."""

    def __init__(
        self, bus: Bus, source: Source, encoders: Encoders, backlogs: Backlogs | None = None
    ) -> None:
        self._bus = bus
        self._encoders = encoders
        self._topics: dict[int, Topic] = {}
        self._of_user: dict[UserId, tuple[Reader, ...]] = {}
        self._of_topics: dict[type[Event], TopicListener] = {}
        self._of_users: dict[type[Event], UserListener] = {}
        self._of_nodes: NodesListener = _pass_over
        self._filled: NodesListener = _pass_over
        self._catching = CatchUp(
            self._topics,
            source,
            encoders,
            backlogs or NoBacklogs(),
            advance=self._advance,
            fill=self._take_filled,
        )
        self._doubts = Doubts(self._topics, source, self._mend_soon)
        self._missed = Missed()
        bus.deliver_to(self)

    # --- who is here -----------------------------------------------------------------------------

    def enter(self, reader: Reader) -> None:
        """Take a reader; it gets what is sent to its user from now on."""
        others = self._of_user.get(reader.user_id, ())
        self._of_user[reader.user_id] = (*others, reader)
        if not others:
            self._bus.follow_user(reader.user_id)

    def leave(self, reader: Reader) -> None:
        """Forget a reader and all that it follows."""
        others = tuple(r for r in self._of_user.get(reader.user_id, ()) if r is not reader)
        if others:
            self._of_user[reader.user_id] = others
        elif self._of_user.pop(reader.user_id, None):
            self._bus.unfollow_user(reader.user_id)
        for topic_id in reader.topics:
            self._remove(reader, topic_id)
        reader.topics = ()

    def readers_of(self, user_id: UserId) -> tuple[Reader, ...]:
        """The user's sessions on this node."""
        return self._of_user.get(user_id, ())

    def topics(self) -> list[int]:
        """What anybody on this node follows."""
        return list(self._topics)

    def users(self) -> list[UserId]:
        """Who has a session on this node."""
        return list(self._of_user)

    # --- following -------------------------------------------------------------------------------

    def follow(self, reader: Reader, topic_id: int) -> None:
        """Subscribe first: from here on nothing of the topic is lost; ``place`` says from where.

        Ignored for a reader that has left while its state was being read.
        """
        if reader not in self.readers_of(reader.user_id):
            return
        topic = self._topics.get(topic_id)
        if topic is None:
            topic = self._topics[topic_id] = Topic(topic_id)
            self._bus.follow(topic_id)
        if topic_id not in reader.topics:
            reader.topics = (*reader.topics, topic_id)
            topic.cursors[reader] = Cursor(reader)

    def place(self, reader: Reader, topic_id: int, *, seq: int, rev: int) -> None:
        """Say what the reader was told: it has everything up to here. Ignored once it has left."""
        topic = self._topics.get(topic_id)
        cursor = topic.cursors.get(reader) if topic else None
        if topic is None or cursor is None or cursor.is_placed:
            return
        cursor.seq, cursor.rev, cursor.is_placed = seq, rev, True
        if not topic.is_placed:
            self._spread(topic, topic.place(seq, rev))
            self._watch_hole(topic)
            if topic.is_behind(*topic.known):
                self._mend_soon(topic)

    def attach(self, reader: Reader, topic_id: int, *, seq: int, rev: int) -> None:
        """Follow from a position that the reader is being told in this same turn.

        Ignored where it follows already: then it was told another position.
        """
        if not reader.is_greeted or topic_id in reader.topics:
            return
        is_first = topic_id not in self._topics
        self.follow(reader, topic_id)
        self.place(reader, topic_id, seq=seq, rev=rev)
        topic = self._topics.get(topic_id)
        if topic is not None and is_first:
            # What was announced before this, though it came after that position, nobody kept.
            self._mend_soon(topic)
        cursor = topic.cursors.get(reader) if topic else None
        if topic is not None and cursor is not None and not reader.is_holding:
            self._release(topic, cursor)

    def detach(self, reader: Reader, topic_id: int, *, last_word: Entry | None = None) -> None:
        """Stop following. A reader that the last word has not reached yet is told it now."""
        topic = self._topics.get(topic_id)
        if topic is None or topic_id not in reader.topics:
            return
        if last_word is not None and not topic.has_told(reader, last_word):
            self.send_to_reader(reader, last_word.event)
        reader.topics = tuple(t for t in reader.topics if t != topic_id)
        self._remove(reader, topic_id)

    def release(self, reader: Reader) -> None:
        """Let go what was held for the reader, in order, in all its topics."""
        for topic_id in reader.topics:
            topic = self._topics[topic_id]
            cursor = topic.cursors.get(reader)
            if cursor is not None and cursor.is_held and cursor.is_placed:
                self._release(topic, cursor)

    def rewind(self, reader: Reader, topic_id: int, *, seq: int, rev: int) -> None:
        """Send everything after this position again, in order; held until ``release``.

        Ignored for a reader that was never placed: it has nothing that could come again.
        """
        topic = self._topics.get(topic_id)
        if topic is None or topic_id not in reader.topics:
            return
        before = topic.cursors.get(reader)
        if before is not None and not before.is_placed:
            return
        self._drop_live(topic, reader)
        cursor = topic.cursors[reader] = Cursor(reader)
        cursor.seq, cursor.rev = seq, rev
        cursor.is_placed = cursor.is_rewound = True

    # --- sending ---------------------------------------------------------------------------------

    def publish(self, topic_id: int, entries: Sequence[Entry]) -> None:
        """Announce committed entries of a topic to every node."""
        self._bus.publish(topic_id, entries)

    @override
    def deliver(self, topic_id: int, entries: Sequence[Entry]) -> None:
        """Take what the bus brought: in order to the readers, behind a hole where there is one."""
        topic = self._topics.get(topic_id)
        if topic is None:
            return
        self._spread(topic, topic.take(entries))
        self._watch_hole(topic)

    def send_to_user(self, user_id: UserId, event: Event, *, is_for_greeted: bool = False) -> None:
        """Send an unnumbered event to all sessions of a user, on all nodes; it may be lost.

        ``is_for_greeted``: not to those that are being greeted, whose clients ask afterwards.
        """
        self._tell_user(user_id, event, is_for_greeted=is_for_greeted)
        self._bus.tell_user(user_id, event, is_for_greeted=is_for_greeted)

    def send_to_reader(self, reader: Reader, event: Event) -> None:
        """Send an event to one session, beside the stream of any topic."""
        reader.push(Entry(event).frame(reader.dialect, self._encoders))

    def send_to_readers(self, readers: Iterable[Reader], event: Event) -> None:
        """Send an unnumbered event to these sessions, encoded once a dialect."""
        entry = Entry(event)
        for reader in readers:
            reader.push(entry.frame(reader.dialect, self._encoders))

    def followers(self, topic_id: int) -> Iterator[Reader]:
        """The sessions of this node that follow a topic and know where they stand in it."""
        topic = self._topics.get(topic_id)
        if topic is not None:
            for readers in topic.live.values():
                yield from readers
            for cursor in topic.cursors.values():
                if cursor.is_placed:
                    yield cursor.reader

    def arriving(self, topic_id: int) -> Iterator[Reader]:
        """The sessions of this node that follow a topic and still read where they stand in it.

        What is pushed to one that is being greeted has it read everything again.
        """
        topic = self._topics.get(topic_id)
        if topic is not None:
            for cursor in topic.cursors.values():
                if not cursor.is_placed:
                    yield cursor.reader

    def send_to_topic(self, topic_id: int, event: Event, *, user_id: UserId | None = None) -> None:
        """Send an ephemeral event to all who follow, on all nodes; it may be lost.

        Also to the sessions of ``user_id`` that have no place in the topic yet: what their greeting
        has read may be older.
        """
        self.hear_of_topic(topic_id, event, user_id=user_id)
        self._bus.tell_topic(topic_id, event, user_id=user_id)

    def tell_other_nodes(self, topic_id: int, event: Event) -> None:
        """Bring a fact to the other nodes with readers of the topic: to their ``on_topic_event``."""
        self._bus.tell_topic(topic_id, event)

    def tell_nodes(self, event: Event) -> None:
        """Bring a fact to all other nodes: to their ``on_nodes_event``."""
        self._bus.tell_nodes(event)

    # --- hearing ---------------------------------------------------------------------------------

    def on_topic_event(self, kind: type[E], listener: Callable[[int, E], None]) -> None:
        """Have another node's facts of this type taken by the listener, and not sent to readers."""
        self._of_topics[kind] = listener

    def on_user_event(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Have what another node says of this type to a user taken by the listener, likewise."""
        self._of_users[kind] = listener

    @property
    def topic_kinds(self) -> list[type[Event]]:
        """What listeners take of other nodes' facts about topics: what must be able to cross."""
        return list(self._of_topics)

    def on_nodes_event(self, listener: NodesListener) -> None:
        """Have what other nodes say to all nodes taken by the listener, and ``Unheard`` from here."""
        self._of_nodes = listener

    def on_missed(self, look: Look, *, while_away: bool = False) -> None:
        """Have who is here told what has no number and went unheard; see ``Missed``."""
        self._missed.add(look, while_away=while_away)

    def on_filled(self, listener: NodesListener) -> None:
        """Have the listener hear, too, what was not announced here and came from the database."""
        self._filled = listener

    @override
    def hear_of_topic(self, topic_id: int, event: Event, *, user_id: UserId | None) -> None:
        listener = self._of_topics.get(type(event))
        if listener is not None:
            listener(topic_id, event)
            return
        self.send_to_readers(self.followers(topic_id), event)
        if user_id is not None:
            others = [r for r in self._of_user.get(user_id, ()) if not r.is_greeted]
            self.send_to_readers(others, event)

    @override
    def hear_of_user(self, user_id: UserId, event: Event, *, is_for_greeted: bool) -> None:
        listener = self._of_users.get(type(event))
        if listener is not None:
            listener(event)
            return
        self._tell_user(user_id, event, is_for_greeted=is_for_greeted)

    def _tell_user(self, user_id: UserId, event: Event, *, is_for_greeted: bool) -> None:
        readers = self._of_user.get(user_id, ())
        if is_for_greeted:
            readers = tuple(reader for reader in readers if reader.is_greeted)
        self.send_to_readers(readers, event)

    @override
    def hear_of_nodes(self, event: Event) -> None:
        self._of_nodes(event)

    @override
    def doubt(self, topic_ids: Iterable[int]) -> None:
        self._doubts.add(topic_ids)

    @override
    def doubt_all(self) -> None:
        self._doubts.add(self._topics)

    @override
    def miss(self, *, is_ongoing: bool) -> None:
        self.doubt_all()
        self._missed.note(is_ongoing=is_ongoing)
        self._of_nodes(Unheard(is_ongoing=is_ongoing))

    # --- inside ----------------------------------------------------------------------------------

    def _spread(self, topic: Topic, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        encoders = self._encoders
        for dialect, readers in topic.live.items():
            if readers:
                framed = b"".join([entry.frame(dialect, encoders) for entry in entries])
                for reader in readers:
                    reader.push(framed)
                metrics.DELIVERIES.inc(len(entries) * len(readers))
        topic.remember(entries)
        for cursor in tuple(topic.cursors.values()):
            if not (cursor.is_held or cursor.is_busy):
                # Its position is ahead in one number at least; what it knows cannot speak of these.
                self._advance(topic, cursor, [e for e in entries if cursor.lacks(e)])

    def _advance(self, topic: Topic, cursor: Cursor, lacking: Sequence[Entry]) -> None:
        """Bring a cursor what it lacks; live from here on unless it is ahead of the topic."""
        reader = cursor.reader
        if lacking:
            reader.push(b"".join([e.frame(reader.dialect, self._encoders) for e in lacking]))
            metrics.DELIVERIES.inc(len(lacking))
        cursor.seq = max(cursor.seq, topic.seq)
        cursor.rev = max(cursor.rev, topic.rev)
        if (cursor.seq, cursor.rev) == (topic.seq, topic.rev):
            del topic.cursors[reader]
            topic.live.setdefault(reader.dialect, {})[reader] = None

    def _release(self, topic: Topic, cursor: Cursor) -> None:
        cursor.is_held = False
        lacking = topic.missing(cursor)
        if lacking is None:
            cursor.is_busy = True
            self._catching.put(topic, cursor)
        else:
            self._advance(topic, cursor, lacking)

    def _remove(self, reader: Reader, topic_id: int) -> None:
        topic = self._topics.get(topic_id)
        if topic is None:
            return
        topic.cursors.pop(reader, None)
        self._drop_live(topic, reader)
        if topic.is_empty:
            del self._topics[topic_id]
            self._bus.unfollow(topic_id)

    @staticmethod
    def _drop_live(topic: Topic, reader: Reader) -> None:
        readers = topic.live.get(reader.dialect)
        if readers is not None:
            readers.pop(reader, None)

    # --- catching up -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve cursors and holes that need the database: a supervised worker."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._catching.run())
            group.create_task(self._doubts.run())
            group.create_task(self._missed.run())

    def _mend_soon(self, topic: Topic) -> None:
        if topic.hole_since is None:
            topic.hole_since = asyncio.get_running_loop().time()
            self._catching.put(topic)

    def _watch_hole(self, topic: Topic) -> None:
        if topic.waiting and topic.is_placed and topic.hole_since is None:
            loop = asyncio.get_running_loop()
            topic.hole_since = loop.time()
            loop.call_later(HOLE_PATIENCE_SECONDS, self._look_at_hole, topic)

    def _look_at_hole(self, topic: Topic) -> None:
        if topic.waiting:
            self._catching.put(topic)
        else:
            topic.hole_since = None

    def _take_filled(self, topic: Topic, entries: Sequence[Entry]) -> bool:
        """Send what was read of a hole; says whether anything of it was next."""
        ready = topic.take(entries)
        if ready:
            metrics.HOLES_FILLED.inc()
            self._spread(topic, ready)
            for entry in ready:
                self._filled(entry.event)
        return bool(ready)
