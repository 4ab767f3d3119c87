"""One conversation's stream on this node: its position, its recent entries and its local readers.

Pure: entries in, entries in order out. The hub carries them to the readers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol

from causerie.foundation.identity import UserId
from causerie.foundation.realtime.entry import Entry

MAX_RING_ENTRIES = 512  # A reconnect after a hiccup of seconds in a busy room.
MAX_RING_BYTES = 256 << 10  # With 1 KB messages, 256 of them; 1,000 busy rooms hold 256 MB at most.
MAX_WAITING_ENTRIES = 4096  # Held behind a hole; more than this is read from the database instead.


class Reader(Protocol):
    """A local session, as the hub sees it."""

    @property
    def dialect(self) -> str:
        """Which encoding its frames have."""
        ...

    @property
    def user_id(self) -> UserId:
        """Whose session it is."""
        ...

    @property
    def is_greeted(self) -> bool:
        """Whether it was told where it stands; before, it is moved by its greeting alone."""
        ...

    @property
    def is_holding(self) -> bool:
        """Whether what it begins to follow is held as well, until its release."""
        ...

    @property
    def topics(self) -> tuple[int, ...]:
        """What it follows; kept by the hub."""
        ...

    @topics.setter
    def topics(self, topics: tuple[int, ...]) -> None: ...

    def push(self, framed: bytes) -> None:
        """Queue framed bytes for the write at the end of this turn."""
        ...

    async def drained(self) -> bool:
        """Wait until most of what was written is taken. False: the reader is gone."""
        ...


class Cursor:
    """A reader that is not at the topic's position (yet): it has everything up to (seq, rev).

    ``is_held``: nothing goes to it until it is released. ``is_busy``: a task is bringing it what
    lies between. Otherwise it waits for the topic to come to where it already is. ``is_rewound``:
    what it lacks is history to it, to be told as it is now and not as it went; and its rev may be
    of a later moment than its seq.
    """

    __slots__ = ("is_busy", "is_held", "is_placed", "is_rewound", "reader", "rev", "seq")

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.seq = 0
        self.rev = 0
        self.is_placed = False
        self.is_held = True
        self.is_busy = False
        self.is_rewound = False

    def lacks(self, entry: Entry) -> bool:
        """Say whether the entry is news to the reader."""
        return entry.seq > self.seq if entry.seq else entry.rev > self.rev


class Topic:
    """The stream of one conversation. ``is_placed`` once its position is known."""

    __slots__ = (
        "_ring_bytes",
        "cursors",
        "hole_since",
        "id",
        "is_placed",
        "known",
        "live",
        "rev",
        "ring",
        "ring_rev",
        "ring_seq",
        "seq",
        "waiting",
    )

    def __init__(self, topic_id: int) -> None:
        self.id = topic_id
        self.is_placed = False
        self.seq = 0
        self.rev = 0
        self.live: dict[str, dict[Reader, None]] = {}
        self.cursors: dict[Reader, Cursor] = {}
        # Everything after (ring_seq, ring_rev) up to (seq, rev) is in the ring.
        self.ring: deque[Entry] = deque()
        self.ring_seq = 0
        self.ring_rev = 0
        self._ring_bytes = 0
        self.waiting: list[Entry] = []  # Behind a hole, or before the position is known.
        self.hole_since: float | None = None
        # What the database was seen to hold before the position was known here.
        self.known = (0, 0)

    def is_behind(self, seq: int, rev: int) -> bool:
        """Say whether the database holds what has not come here."""
        return seq > self.seq or rev > self.rev

    @property
    def is_empty(self) -> bool:
        """Whether nobody follows."""
        return not self.cursors and not any(self.live.values())

    def place(self, seq: int, rev: int) -> list[Entry]:
        """Learn the position from a committed state; gives what had come after it, in order."""
        self.is_placed = True
        self.seq = self.ring_seq = seq
        self.rev = self.ring_rev = rev
        return self._with_waiting([])

    def take(self, entries: Sequence[Entry]) -> list[Entry]:
        """Accept entries in any order; gives those that are next, in order. The others wait."""
        if not self.is_placed:
            self._wait(entries)
            return []
        ready = self._in_order(entries)
        # Behind a hole nothing moves: what waits is not looked through with each that joins it.
        return self._with_waiting(ready) if ready else ready

    def _with_waiting(self, ready: list[Entry]) -> list[Entry]:
        while self.waiting:
            waiting = sorted(self.waiting, key=lambda e: (e.seq or e.after_seq, e.rev))
            self.waiting = []
            more = self._in_order(waiting)
            if not more:
                break
            ready += more
        return ready

    def _in_order(self, entries: Iterable[Entry]) -> list[Entry]:
        ready: list[Entry] = []
        for entry in entries:
            if entry.seq:
                if entry.seq == self.seq + 1:
                    self.seq = entry.seq
                    ready.append(entry)
                elif entry.seq > self.seq:
                    self._wait((entry,))
            elif entry.rev == self.rev + 1 and entry.after_seq <= self.seq:
                self.rev = entry.rev
                ready.append(entry)
            elif entry.rev > self.rev:
                self._wait((entry,))
        return ready

    def _wait(self, entries: Iterable[Entry]) -> None:
        self.waiting.extend(entries)
        # What is dropped here leaves a hole, and holes are filled from the database.
        del self.waiting[: max(0, len(self.waiting) - MAX_WAITING_ENTRIES)]

    def remember(self, entries: Sequence[Entry]) -> None:
        """Keep entries for readers that come back soon."""
        ring = self.ring
        weight = self._ring_bytes
        for entry in entries:
            entry.remember()
            ring.append(entry)
            weight += entry.weight
        while ring and (weight > MAX_RING_BYTES or len(ring) > MAX_RING_ENTRIES):
            oldest = ring.popleft()
            weight -= oldest.weight
            if oldest.seq:
                self.ring_seq = oldest.seq
            else:
                self.ring_rev = oldest.rev
        self._ring_bytes = weight

    def has_told(self, reader: Reader, entry: Entry) -> bool:
        """Say whether a reader that follows knows of this change."""
        cursor = self.cursors.get(reader)
        return entry.rev <= (self.rev if cursor is None else cursor.rev)

    def missing(self, cursor: Cursor) -> list[Entry] | None:
        """What the cursor lacks, in order; ``None`` where the ring does not hold all of it.

        A change that the cursor already counts as known, but that speaks of a message it still
        lacks, is in the database's state of that message and not in the ring's: then ``None`` too.
        """
        if cursor.seq < self.ring_seq or cursor.rev < self.ring_rev:
            return None
        if cursor.rev > self.rev and (cursor.is_rewound or cursor.seq < self.seq):
            # It counts a change as known that this node has yet to hear of, and which may speak of
            # a message that it lacks, announced here or not.
            return None
        lacking: list[Entry] = []
        for entry in self.ring:
            if cursor.lacks(entry):
                if entry.rev and cursor.is_rewound:
                    return None  # What was deleted since is not to be told again.
                lacking.append(entry)
            elif entry.rev and entry.after_seq > cursor.seq:
                return None
        return lacking
