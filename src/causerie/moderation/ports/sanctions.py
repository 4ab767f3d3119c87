"""Where sanctions are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from causerie.accounts import Restriction
from causerie.foundation.identity import UserId
from causerie.moderation.model.sanctions import (
    Ladder,
    NewSanction,
    Rung,
    Sanction,
    SanctionKind,
    Subject,
)


class Written(msgspec.Struct, frozen=True):
    """What a write came to: the sanction, and what the subject is restricted to where it changed.

    ``is_new`` is false for a replay, of which nothing is told.
    """

    sanction: Sanction
    restriction: Restriction | None
    is_new: bool = True


class SanctionQuery(msgspec.Struct, frozen=True):
    """Which sanctions, the newest first: those that fit all that is not None, ids below ``before``."""

    limit: int
    before: int | None = None
    subject: Subject | None = None
    kind: SanctionKind | None = None
    active: bool | None = None
    has_open_appeal: bool = False


class Key(msgspec.Struct, frozen=True):
    """Under which idempotency key a write happens once, and what must be the same then."""

    actor: UserId
    key: str | None
    operation: str
    body: tuple[object, ...]


class SanctionStore(Protocol):
    """The tables. Each write is one transaction, and may raise ``Unavailable``, ``Conflict``."""

    async def impose(self, new: NewSanction, *, now: datetime, key: Key | None) -> Written:
        """Store a sanction and restrict the subject. Raises ``NotFound`` where there is none."""
        ...

    async def breach(
        self, subject: Subject, rule: str, *, reason: str, now: datetime, key: Key | None = None
    ) -> Written | None:
        """Add a rule's points, and what the ladder says of the sum; None where that is nothing.

        Under a key once: again, it gives None.
        """
        ...

    async def count_refusal(
        self, rule: str, *, reason: str, now: datetime
    ) -> tuple[bool, Written | None]:
        """Count one message that the filter refused and that nobody has counted, as a breach.

        Gives whether there was one, and what followed.
        """
        ...

    async def lift(
        self, sanction_id: int, *, by: UserId | None, reason: str, now: datetime, key: Key | None
    ) -> Written:
        """Take a sanction back. Raises ``SanctionNotFound``, ``AlreadyLifted``."""
        ...

    async def appeal(
        self, sanction_id: int, *, by: UserId, text: str, now: datetime, key: Key | None
    ) -> Written:
        """Keep an appeal. Raises ``SanctionNotFound``, ``AlreadyAppealed``, ``AlreadyLifted``."""
        ...

    async def decide(
        self,
        sanction_id: int,
        *,
        by: UserId,
        is_granted: bool,
        reason: str,
        now: datetime,
        key: Key | None,
    ) -> Written:
        """Close an open appeal, once; a granted one lifts. Raises ``AlreadyDecided``."""
        ...

    async def find(self, sanction_id: int) -> Sanction | None:
        """A sanction by its id."""
        ...

    async def list(self, query: SanctionQuery, *, now: datetime) -> Sequence[Sanction]:
        """Those that the query is after."""
        ...

    async def points_of(self, subject: Subject) -> tuple[float, datetime] | None:
        """The subject's points and when they were so many; None where there were never any."""
        ...

    async def ladder(self) -> Ladder:
        """What follows by itself."""
        ...

    async def set_ladder(
        self, rungs: Sequence[Rung], *, half_life_seconds: int, key: Key | None
    ) -> None:
        """Change what follows by itself, once per key. Raises ``Conflict`` of the key."""
        ...
