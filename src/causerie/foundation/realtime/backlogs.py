"""What waits for devices that were away: the tail of a conversation, as one of them has read it.

When a node dies, thousands of devices come back to the others within seconds, and all in a room lack
about the same. The first has it read from PostgreSQL; what was read is kept for a moment, encoded as
it went out, and the others are brought on from that. PostgreSQL stays the truth: a backlog says
which messages it holds and of which moment they are, and one that does not hold all that is asked
for, as new as it is asked for, is no answer. So it can be lost, or emptied, at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec
from typing_extensions import override

from causerie.foundation.realtime.entry import Entry
from causerie.foundation.remembering import Caches, Remembered

MAX_BACKLOG_WEIGHT = 2 << 20  # A thousand lines of chat as entries: more than one resume brings.
MAX_BACKLOGS = 2048  # Conversations of which somebody has just come back.
MAX_BACKLOGS_WEIGHT = 64 << 20
# So long a crowd takes to come back. Short, too, for the operator who restores an older database.
BACKLOG_SECONDS = 60.0


class Backlog(msgspec.Struct, frozen=True):
    """The messages after ``after``, without a hole, as they were at ``rev`` or later."""

    after: int
    rev: int
    entries: tuple[Entry, ...]

    @property
    def upto(self) -> int:
        """The newest message in it."""
        return self.after + len(self.entries)

    @property
    def is_whole(self) -> bool:
        """Say whether it holds what it says."""
        return all(entry.seq == seq for seq, entry in enumerate(self.entries, start=self.after + 1))

    @property
    def weight(self) -> int:
        """About what it holds in memory, in bytes."""
        return sum(entry.weight for entry in self.entries)

    def has(self, *, after: int, rev: int) -> bool:
        """Say whether it holds what comes next after a message, as new as that."""
        return self.after <= after < self.upto and self.rev >= rev

    def between(self, after: int, upto: int) -> Sequence[Entry]:
        """The messages with ``after < seq <= upto`` that it holds."""
        return self.entries[after - self.after : max(upto - self.after, 0)]


class Collected:
    """What one reader is brought, page after page, to be a backlog for the others."""

    def __init__(self, *, after: int, rev: int, known: Backlog | None) -> None:
        self._after = after if known is None else known.after
        self._rev = rev
        self._entries = [] if known is None else list(known.entries)
        self._weight = 0 if known is None else known.weight
        self._has_news = False

    def add(self, page: Sequence[Entry]) -> None:
        """Take what was read next, unless it is too much by now: then the rest is left out."""
        if self._weight <= MAX_BACKLOG_WEIGHT:
            self._entries += page
            self._weight += sum(entry.weight for entry in page)
            self._has_news = True

    def backlog(self) -> Backlog | None:
        """All of it, where it is worth keeping: not what was kept before, and without a hole."""
        found = Backlog(self._after, self._rev, tuple(self._entries))
        is_good = self._has_news and self._weight <= MAX_BACKLOG_WEIGHT and found.is_whole
        return found if is_good else None


class Backlogs(Protocol):
    """Where they are kept. No method raises: without an answer the database is asked."""

    async def find(self, topic_id: int, *, after: int, rev: int) -> Backlog | None:
        """One that holds what comes next after a message, as it was at ``rev`` or later."""
        ...

    async def keep(self, topic_id: int, backlog: Backlog) -> None:
        """Keep one in place of what there was, for ``BACKLOG_SECONDS`` at most."""
        ...


class NoBacklogs(Backlogs):
    """Everybody is brought on from the database."""

    @override
    async def find(self, topic_id: int, *, after: int, rev: int) -> Backlog | None:
        return None

    @override
    async def keep(self, topic_id: int, backlog: Backlog) -> None:
        """Nobody asks for it."""


class MemoryBacklogs(Backlogs):
    """In this process: the entries themselves, encoded once for all who come back to this node."""

    def __init__(self, caches: Caches) -> None:
        self._kept: Remembered[int, Backlog] = caches.make(
            "backlogs",
            max_entries=MAX_BACKLOGS,
            max_bytes=MAX_BACKLOGS_WEIGHT,
            max_age_seconds=BACKLOG_SECONDS,
        )

    @override
    async def find(self, topic_id: int, *, after: int, rev: int) -> Backlog | None:
        found = self._kept.find(topic_id)
        return found if found is not None and found.has(after=after, rev=rev) else None

    @override
    async def keep(self, topic_id: int, backlog: Backlog) -> None:
        for entry in backlog.entries:
            entry.remember()
        self._kept.keep(topic_id, backlog, weight=backlog.weight)
