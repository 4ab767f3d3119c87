"""Where verdicts, rooms' filters and lessons are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from causerie.conversations import Kind
from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.moderation.model import Action, Finding, Level, Policy, Topic


class RoomFilter(msgspec.Struct, frozen=True, gc=False):
    """What a room wants of each level; None is the server's setting."""

    size: Action | None = None
    structure: Action | None = None
    meaning: Action | None = None

    def over(self, default: Policy) -> Policy:
        """Give the policy that holds in the room."""
        return Policy(
            **{level: getattr(self, level) or default.action_of(level) for level in Level}
        )


class Note(msgspec.Struct, frozen=True, gc=False):
    """A verdict to be recorded. ``refused_text`` is None where the text was stored as a message."""

    conversation_id: ConversationId
    author_id: UserId
    message_id: MessageId | None  # None: a send that was refused
    findings: tuple[Finding, ...]
    refused_text: str | None


class Record(msgspec.Struct, frozen=True):
    """A verdict as it was recorded."""

    id: int
    kind: Kind
    note: Note
    created_at: datetime


class Records(Protocol):
    """Takes notes, to be written soon."""

    def put(self, note: Note) -> None:
        """Queue a note; where too many wait it is lost, and counted. Never waits."""
        ...


class FilterStore(Protocol):
    """The filter's tables. All methods raise ``Unavailable`` where the database is away."""

    async def record(self, notes: Sequence[Note]) -> None:
        """Write verdicts."""
        ...

    async def records(
        self,
        *,
        before: int,
        limit: int,
        conversation_id: ConversationId | None,
        author_id: UserId | None,
    ) -> list[Record]:
        """Verdicts with a lower id, the newest first."""
        ...

    async def forget_records(self, *, older_than_days: int, limit: int) -> int:
        """Remove old verdicts; how many."""
        ...

    async def room_filters(self) -> Mapping[ConversationId, RoomFilter]:
        """Every room that has a filter of its own."""
        ...

    async def set_room_filter(
        self,
        conversation_id: ConversationId,
        wanted: RoomFilter,
        *,
        changed_by: UserId,
        key: str | None,
    ) -> RoomFilter:
        """Keep what a room wants, once per key; what holds now. Raises ``Conflict``."""
        ...

    async def teach(
        self,
        topic: Topic,
        text_hash: bytes,
        changes: Mapping[int, float],
        *,
        is_positive: bool,
        taught_by: UserId,
    ) -> bool:
        """Keep a lesson and add what it changes; False, and nothing done, for one known before."""
        ...

    async def learnt(self) -> Mapping[Topic, Mapping[int, float]]:
        """What all lessons come to, by topic and bucket."""
        ...

    async def newest_lesson(self) -> int:
        """The id of the newest lesson, 0 where there is none."""
        ...
