"""Brings readers and topics what they lack, from the database.

What is read goes out as the reader drains: a cursor that is behind holds up nobody, and at most a
few are read for at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import structlog

from causerie.foundation.errors import Unavailable
from causerie.foundation.realtime.backlogs import Backlogs, Collected
from causerie.foundation.realtime.entry import Encoders, Entry
from causerie.foundation.realtime.topic import Cursor, Topic
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

PAGE_ENTRIES = 200  # One read of a catch-up: 200 KB of 1 KB messages, well below a reader's bound.
CHUNK_BYTES = 128 << 10  # What a catch-up writes before it waits for the reader.
MAX_READS_AT_ONCE = 6  # Catch-ups leave most of the pool's connections (20) to everything else.
MAX_COLLECTING = 16  # Catch-ups whose pages are held until they are done: 32 MB at most.
MENDING_PATIENCE_SECONDS = 0.05  # What waits is newer than what is committed, as far as we can see.
RETRY_SECONDS = 0.5  # While the database is away, readers wait.


class Source(Protocol):
    """The committed truth behind topics. All reads raise ``Unavailable`` where it is away."""

    async def position(self, topic_id: int) -> tuple[int, int]:
        """The newest ``(seq, rev)``, from one moment."""
        ...

    async def positions(self, topic_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
        """The same of many topics, in one question; those that are nowhere are left out."""
        ...

    async def messages(self, topic_id: int, *, after: int, upto: int, limit: int) -> list[Entry]:
        """Messages with ``after < seq <= upto`` in order, as they are now."""
        ...

    async def changes(self, topic_id: int, *, after: int, upto: int, limit: int) -> list[Entry]:
        """Changes with ``after < rev <= upto`` in order, with the state of now."""
        ...


class CatchUp:
    """Serves cursors and holes; ``advance`` and ``fill`` are the hub's, which knows the readers."""

    def __init__(
        self,
        topics: Mapping[int, Topic],
        source: Source,
        encoders: Encoders,
        backlogs: Backlogs,
        *,
        advance: Callable[[Topic, Cursor, Sequence[Entry]], None],
        fill: Callable[[Topic, Sequence[Entry]], bool],
    ) -> None:
        self._topics = topics
        self._source = source
        self._encoders = encoders
        self._backlogs = backlogs
        self._advance = advance
        self._fill = fill
        # Topics of which a reader's catch-up is kept for others.
        self._collecting: set[int] = set()
        self._reads = asyncio.Semaphore(MAX_READS_AT_ONCE)
        # At most one entry per cursor or topic; both are bounded by the connections.
        self._work: asyncio.Queue[tuple[Topic, Cursor | None]] = asyncio.Queue()

    def put(self, topic: Topic, cursor: Cursor | None = None) -> None:
        """Have the cursor brought on, or without one the topic's hole filled."""
        self._work.put_nowait((topic, cursor))

    async def run(self) -> None:
        """Serve for ever; part of the hub's worker."""
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
        if cursor.seq < upto_seq and not await self._read_messages(
            topic, cursor, upto=upto_seq, rev=upto_rev
        ):
            return False
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

    async def _read_messages(self, topic: Topic, cursor: Cursor, *, upto: int, rev: int) -> bool:
        """Bring a cursor the messages up to one, as they were at ``rev`` or later.

        False: there is nobody to bring it to any more.
        """
        async with self._reads:
            known = await self._backlogs.find(topic.id, after=cursor.seq, rev=rev)
        collected = Collected(after=cursor.seq, rev=rev, known=known)
        if known is not None:
            page = known.between(cursor.seq, upto)
            metrics.CAUGHT_UP.labels("backlog").inc(len(page))
            if not await self._push_page(topic, cursor, page):
                return False
            cursor.seq = min(known.upto, upto)
        if cursor.seq >= upto:
            return True
        if topic.id in self._collecting or len(self._collecting) >= MAX_COLLECTING:
            return await self._read_pages(topic, cursor, None, upto=upto)
        self._collecting.add(topic.id)
        try:
            is_there = await self._read_pages(topic, cursor, collected, upto=upto)
            if (backlog := collected.backlog()) is not None:
                await self._backlogs.keep(topic.id, backlog)
        finally:
            self._collecting.remove(topic.id)
        return is_there

    async def _read_pages(
        self, topic: Topic, cursor: Cursor, collected: Collected | None, *, upto: int
    ) -> bool:
        while cursor.seq < upto:
            async with self._reads:
                page = await self._source.messages(
                    topic.id, after=cursor.seq, upto=upto, limit=PAGE_ENTRIES
                )
            metrics.CAUGHT_UP.labels("database").inc(len(page))
            if collected is not None:
                collected.add(page)
            if not await self._push_page(topic, cursor, page):
                return False
            cursor.seq = page[-1].seq if page else upto
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

    async def _mend(self, topic: Topic) -> None:
        """Fill a hole from the database, before anything newer is sent; or see that there is none."""
        while self._topics.get(topic.id) is topic:
            try:
                async with self._reads:
                    entries = await self._missing_from_database(topic)
            except Exception as error:
                await self._pause(topic, error)
                continue
            is_next = self._fill(topic, entries)
            if not topic.waiting and len(entries) < PAGE_ENTRIES:
                break
            if not is_next:  # What waits is newer than what was read.
                await asyncio.sleep(MENDING_PATIENCE_SECONDS)
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
