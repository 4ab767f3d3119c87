"""Topic to local sessions: every reader gets every entry once, in order, or is told to come back.

A reader that follows a topic is either *live* (it has everything up to the topic's position, and
gets what is new as the same bytes as all others) or has a *cursor* (it has less, or for a moment
more, and is brought to the topic's position from the ring or from the database). Live messages of
a conversation are not queued for a reader with a cursor; the cursor comes to them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import structlog

from causerie.foundation.errors import Unavailable
from causerie.foundation.events import Event
from causerie.foundation.identity import UserId
from causerie.foundation.realtime.bus import Bus
from causerie.foundation.realtime.entry import Encoders, Entry
from causerie.foundation.realtime.topic import Cursor, Reader, Topic
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

PAGE_ENTRIES = 200  # One read of a catch-up: 200 KB of 1 KB messages, well below a reader's bound.
CHUNK_BYTES = 128 << 10  # What a catch-up writes before it waits for the reader.
MAX_READS_AT_ONCE = 6  # Catch-ups leave most of the pool's connections (20) to everything else.
HOLE_PATIENCE_SECONDS = 0.05  # Commits on two connections are announced out of order for less.
RETRY_SECONDS = 0.5  # While the database is away, readers wait.


class Source(Protocol):
    """The committed truth behind topics. All reads raise ``Unavailable`` where it is away."""

    async def position(self, topic_id: int) -> tuple[int, int]:
        """The newest ``(seq, rev)``, from one moment."""
        ...

    async def messages(self, topic_id: int, *, after: int, upto: int, limit: int) -> list[Entry]:
        """Messages with ``after < seq <= upto`` in order, as they are now."""
        ...

    async def changes(self, topic_id: int, *, after: int, upto: int, limit: int) -> list[Entry]:
        """Changes with ``after < rev <= upto`` in order, with the state of now."""
        ...


class Hub:
    """The readers of this node and the topics that they follow."""

    def __init__(self, bus: Bus, source: Source, encoders: Encoders) -> None:
        self._bus = bus
        self._source = source
        self._encoders = encoders
        self._topics: dict[int, Topic] = {}
        self._of_user: dict[UserId, tuple[Reader, ...]] = {}
        self._reads = asyncio.Semaphore(MAX_READS_AT_ONCE)
        # At most one entry per cursor or topic; both are bounded by the connections.
        self._work: asyncio.Queue[tuple[Topic, Cursor | None]] = asyncio.Queue()
        bus.deliver_to(self.deliver)

    # --- who is here -----------------------------------------------------------------------------

    def enter(self, reader: Reader) -> None:
        """Take a reader; it gets what is sent to its user from now on."""
        self._of_user[reader.user_id] = (*self._of_user.get(reader.user_id, ()), reader)

    def leave(self, reader: Reader) -> None:
        """Forget a reader and all that it follows."""
        others = tuple(r for r in self._of_user.get(reader.user_id, ()) if r is not reader)
        if others:
            self._of_user[reader.user_id] = others
        else:
            self._of_user.pop(reader.user_id, None)
        for topic_id in reader.topics:
            self._remove(reader, topic_id)
        reader.topics = ()

    def readers_of(self, user_id: UserId) -> tuple[Reader, ...]:
        """The user's sessions on this node."""
        return self._of_user.get(user_id, ())

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
        if topic is not None and is_first and topic.hole_since is None:
            # What was announced before this, though it came after that position, nobody kept.
            topic.hole_since = asyncio.get_running_loop().time()
            self._work.put_nowait((topic, None))
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

    def deliver(self, topic_id: int, entries: Sequence[Entry]) -> None:
        """Take what the bus brought: in order to the readers, behind a hole where there is one."""
        topic = self._topics.get(topic_id)
        if topic is None:
            return
        self._spread(topic, topic.take(entries))
        self._watch_hole(topic)

    def send_to_user(self, user_id: UserId, event: Event) -> None:
        """Send an unnumbered event to all sessions of a user."""
        self.send_to_readers(self._of_user.get(user_id, ()), event)

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

    def send_to_topic(self, topic_id: int, event: Event) -> None:
        """Send an ephemeral event to all who follow; it may be lost, and has no number."""
        self.send_to_readers(self.followers(topic_id), event)

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
            self._work.put_nowait((topic, cursor))
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
        self._recall()
        async with asyncio.TaskGroup() as group:
            while True:
                topic, cursor = await self._work.get()
                group.create_task(
                    self._mend(topic) if cursor is None else self._bring(topic, cursor)
                )

    def _recall(self) -> None:
        """Take up what a run that failed has left: nobody else would bring those readers on."""
        while not self._work.empty():
            self._work.get_nowait()
        for topic in self._topics.values():
            if topic.hole_since is not None:
                self._work.put_nowait((topic, None))
            for cursor in topic.cursors.values():
                if cursor.is_busy:
                    self._work.put_nowait((topic, cursor))

    async def _bring(self, topic: Topic, cursor: Cursor) -> None:
        while topic.cursors.get(cursor.reader) is cursor:
            lacking = topic.missing(cursor)
            if lacking is not None:
                cursor.is_busy = False
                self._advance(topic, cursor, lacking)
                return
            try:
                if not await self._read(topic, cursor):
                    return
            except Exception as error:
                await self._pause(topic, error)

    async def _read(self, topic: Topic, cursor: Cursor) -> bool:
        """Bring a cursor from the database to where the topic, or the reader's answer, was.

        False: there is nobody to bring it to any more.
        """
        upto_seq, upto_rev = max(topic.seq, cursor.seq), max(topic.rev, cursor.rev)
        if cursor.is_rewound and cursor.rev > topic.rev:
            # What it was promised to know may speak of messages that were not announced here.
            async with self._reads:
                upto_seq = max(upto_seq, (await self._source.position(topic.id))[0])
        while cursor.seq < upto_seq:
            async with self._reads:
                page = await self._source.messages(
                    topic.id, after=cursor.seq, upto=upto_seq, limit=PAGE_ENTRIES
                )
            if not await self._push_page(topic, cursor, page):
                return False
            cursor.seq = page[-1].seq if page else upto_seq
        while cursor.rev < upto_rev:
            async with self._reads:
                page = await self._source.changes(
                    topic.id, after=cursor.rev, upto=upto_rev, limit=PAGE_ENTRIES
                )
            if not await self._push_page(topic, cursor, page):
                return False
            cursor.rev = page[-1].rev if page else upto_rev
        cursor.is_rewound = False
        return True

    async def _push_page(self, topic: Topic, cursor: Cursor, page: Sequence[Entry]) -> bool:
        reader = cursor.reader
        if topic.cursors.get(reader) is not cursor:
            return False
        chunk: list[bytes] = []
        room = CHUNK_BYTES
        for entry in page:
            chunk.append(entry.frame(reader.dialect, self._encoders))
            room -= len(chunk[-1])
            if room <= 0:
                reader.push(b"".join(chunk))
                chunk, room = [], CHUNK_BYTES
                # A page of long texts goes out in parts, so that it is no flood by itself.
                if not await reader.drained() or topic.cursors.get(reader) is not cursor:
                    return False
        reader.push(b"".join(chunk))
        metrics.DELIVERIES.inc(len(page))
        return await reader.drained()

    def look_again(self) -> None:
        """Compare all topics with the database: it was away, and a commit may have gone unheard.

        Whoever wrote it was told that it is in doubt; nobody could announce it.
        """
        now = asyncio.get_running_loop().time()
        for topic in self._topics.values():
            if topic.is_placed and topic.hole_since is None:
                topic.hole_since = now
                self._work.put_nowait((topic, None))

    def _watch_hole(self, topic: Topic) -> None:
        if topic.waiting and topic.is_placed and topic.hole_since is None:
            loop = asyncio.get_running_loop()
            topic.hole_since = loop.time()
            loop.call_later(HOLE_PATIENCE_SECONDS, self._look_at_hole, topic)

    def _look_at_hole(self, topic: Topic) -> None:
        if topic.waiting:
            self._work.put_nowait((topic, None))
        else:
            topic.hole_since = None

    async def _mend(self, topic: Topic) -> None:
        """Fill a hole from the database, before anything newer is sent; or see that there is none."""
        while self._topics.get(topic.id) is topic:
            try:
                async with self._reads:
                    entries = await self._missing_from_database(topic)
            except Exception as error:
                await self._pause(topic, error)
                continue
            ready = topic.take(entries)
            if ready:
                metrics.HOLES_FILLED.inc()
                self._spread(topic, ready)
            if not topic.waiting and len(entries) < PAGE_ENTRIES:
                break
            if not ready:  # What waits is newer than what was read.
                await asyncio.sleep(HOLE_PATIENCE_SECONDS)
        topic.hole_since = None

    @staticmethod
    async def _pause(topic: Topic, error: Exception) -> None:
        if not isinstance(error, Unavailable):
            log.error("catch_up_failed", topic=topic.id, exc_info=error)
        await asyncio.sleep(RETRY_SECONDS)

    async def _missing_from_database(self, topic: Topic) -> list[Entry]:
        seq, rev = await self._source.position(topic.id)
        messages = await self._source.messages(
            topic.id, after=topic.seq, upto=seq, limit=PAGE_ENTRIES
        )
        if messages and messages[-1].seq < seq:
            return messages
        changes = await self._source.changes(
            topic.id, after=topic.rev, upto=rev, limit=PAGE_ENTRIES
        )
        return [*messages, *changes]
