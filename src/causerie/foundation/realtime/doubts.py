"""Topics of which something may have gone unheard: many are compared with the database at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import structlog

from causerie.foundation.errors import Unavailable
from causerie.foundation.realtime.topic import Topic

log = structlog.get_logger()

MAX_TOPICS_PER_QUESTION = 2000  # Some 5 ms of an index scan, and 32 KB of answer.
PATIENCE_SECONDS = 0.05  # As for a hole: what is committed is announced within less.
RETRY_SECONDS = 0.5  # While the database is away.


class Positions(Protocol):
    """Where the truth is asked."""

    async def positions(self, topic_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
        """The newest ``(seq, rev)`` of each. Raises ``Unavailable``."""
        ...


class Doubts:
    """Gathers the topics in doubt, each once, and has those mended that are behind the database."""

    def __init__(
        self, topics: Mapping[int, Topic], positions: Positions, mend: Callable[[Topic], None]
    ) -> None:
        self._topics = topics
        self._positions = positions
        self._mend = mend
        self._waiting: dict[int, None] = {}  # Of topics that are followed here, no more than those.
        self._wake = asyncio.Event()

    def add(self, topic_ids: Iterable[int]) -> None:
        """Have these looked at soon."""
        self._waiting.update(dict.fromkeys(topic_ids))
        if self._waiting:
            self._wake.set()

    async def run(self) -> None:
        """Look for ever; part of the hub's worker."""
        while True:
            await self._wake.wait()
            topic_ids = list(self._waiting)[:MAX_TOPICS_PER_QUESTION]
            try:
                await self._look(topic_ids)
            except Unavailable:
                self.add(topic_ids)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                log.exception("look_failed", topics=len(topic_ids))
                self.add(topic_ids)
                await asyncio.sleep(RETRY_SECONDS)
            if not self._waiting:
                self._wake.clear()

    async def _look(self, topic_ids: Sequence[int]) -> None:
        for topic_id in topic_ids:  # Before the question: a later doubt is another one.
            self._waiting.pop(topic_id, None)
        known = await self._positions.positions([i for i in topic_ids if i in self._topics])
        behind = [self._topics[i] for i in self._behind(known)]
        if behind:
            await asyncio.sleep(PATIENCE_SECONDS)
            for topic in behind:
                if self._topics.get(topic.id) is topic and topic.is_behind(*known[topic.id]):
                    self._mend(topic)

    def _behind(self, known: Mapping[int, tuple[int, int]]) -> list[int]:
        behind = []
        for topic_id, position in known.items():
            topic = self._topics.get(topic_id)
            if topic is None:
                continue
            if not topic.is_placed:
                topic.known = position  # Its first reader may have been told of an earlier moment.
            elif topic.is_behind(*position):
                behind.append(topic_id)
        return behind
