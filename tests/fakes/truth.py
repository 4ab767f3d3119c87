"""A committed conversation in memory, and what is said of it: the truth behind one topic."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence

import msgspec
from typing_extensions import override

from causerie.foundation.errors import Unavailable
from causerie.foundation.events import Event
from causerie.foundation.realtime import Encoder, Entry, Source


class Said(Event, frozen=True, gc=False):
    """A message; its text is the rev of its last edit, 0 for none."""

    seq: int
    text: int = 0


class Edited(Event, frozen=True, gc=False):
    """The message ``seq`` has another text."""

    rev: int
    seq: int
    text: int


class Renamed(Event, frozen=True, gc=False):
    """A change that is about no message."""

    rev: int


class Typed(Event, frozen=True, gc=False):
    """An ephemeral fact, without a number."""


class View(msgspec.Struct, frozen=True):
    """The conversation at one moment."""

    texts: tuple[int, ...] = ()
    rev: int = 0

    @property
    def seq(self) -> int:
        """The newest message."""
        return len(self.texts)


class Truth(Source):
    """Commits at once; a read takes its time, and each of its queries has a moment of its own."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = random.Random(seed)
        self._texts: list[int] = []
        self._changes: list[int | None] = []  # the message that each change is about, by rev
        self.is_away = False
        self.reads = 0

    def view(self) -> View:
        """What a reader would be shown now."""
        return View(tuple(self._texts), len(self._changes))

    # --- commits ---------------------------------------------------------------------------------

    def say(self, count: int = 1) -> list[Entry]:
        """Commit messages; gives what is announced of them."""
        first = len(self._texts) + 1
        self._texts += [0] * count
        return [Entry(Said(seq), seq=seq) for seq in range(first, first + count)]

    def edit(self, seq: int) -> list[Entry]:
        """Commit an edit."""
        self._changes.append(seq)
        rev = self._texts[seq - 1] = len(self._changes)
        return [Entry(Edited(rev, seq, rev), rev=rev, after_seq=len(self._texts))]

    def rename(self) -> list[Entry]:
        """Commit a change that is about no message."""
        self._changes.append(None)
        rev = len(self._changes)
        return [Entry(Renamed(rev), rev=rev, after_seq=len(self._texts))]

    # --- as a source -----------------------------------------------------------------------------

    async def _query(self) -> None:
        self.reads += 1
        await self._travel()
        if self.is_away:
            raise Unavailable("The database is away")

    async def _travel(self) -> None:
        await asyncio.sleep(self._chance.choice((0, 0, 0.001, 0.03, 0.2)))

    @override
    async def position(self, topic_id: int) -> tuple[int, int]:
        await self._query()
        position = len(self._texts), len(self._changes)
        await self._travel()
        return position

    @override
    async def positions(self, topic_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
        return {topic_id: await self.position(topic_id) for topic_id in topic_ids}

    @override
    async def messages(self, topic_id: int, *, after: int, upto: int, limit: int) -> list[Entry]:
        await self._query()
        page = list(enumerate(self._texts, start=1))[after:upto][:limit]
        await self._travel()
        return [Entry(Said(seq, text), seq=seq) for seq, text in page]

    @override
    async def changes(self, topic_id: int, *, after: int, upto: int, limit: int) -> list[Entry]:
        await self._query()
        page = list(enumerate(self._changes, start=1))[after:upto][:limit]
        await self._query()
        texts = list(self._texts)
        await self._query()
        after_seq = len(self._texts)
        await self._travel()
        return [
            Entry(
                Renamed(rev) if seq is None else Edited(rev, seq, texts[seq - 1]),
                rev=rev,
                after_seq=after_seq,
            )
            for rev, seq in page
        ]


def _said(event: Event) -> str:
    match event:
        case Said(seq, text):
            return f"said {seq} {text}\n"
        case Edited(rev, seq, text):
            return f"edited {rev} {seq} {text}\n"
        case Renamed(rev):
            return f"renamed {rev}\n"
        case _:
            return "typed\n"


# Two dialects whose bytes differ, one line an event.
ENCODERS: Mapping[str, Encoder] = {
    "plain": lambda event: _said(event).encode(),
    "loud": lambda event: _said(event).upper().encode(),
}
