"""Sanctions: whom they are about, how long they hold, and what points lead to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from causerie.accounts import FOREVER, Notice
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import UserId

MAX_REASON_CHARACTERS = 1000  # A paragraph; the table checks it too.
MAX_APPEAL_CHARACTERS = 2000  # A page; the table checks it too.
MAX_SECONDS = 10 * 365 * 86400  # Ten years; what is longer is for good.
MAX_RUNGS = 50  # More steps than anybody tells apart.
MAX_POINTS = 1000.0  # Far past every sensible ladder; keeps sums finite.


class SubjectKind(StrEnum):
    """Who can be sanctioned."""

    USER = "user"
    CONTACT = "contact"  # somebody outside, who writes to the inbox


class Subject(msgspec.Struct, frozen=True, gc=False):
    """Whom a sanction is about."""

    kind: SubjectKind
    id: int


class SanctionKind(StrEnum):
    """What is done; mutes and bans last, the others are a moment's."""

    WARNING = "warning"
    MUTE = "mute"
    KICK = "kick"
    BAN = "ban"

    @property
    def lasts(self) -> bool:
        """Say whether it has an end, if only at the end of time."""
        return self in {SanctionKind.MUTE, SanctionKind.BAN}


class AppealState(StrEnum):
    """What became of an appeal."""

    OPEN = "open"
    GRANTED = "granted"
    DENIED = "denied"


class NewSanction(msgspec.Struct, frozen=True):
    """A sanction as it is asked for. ``seconds`` is None for good, and for what does not last."""

    subject: Subject
    kind: SanctionKind
    reason: str
    seconds: int | None = None
    conversation: str | None = None
    author: UserId | None = None
    rule: str | None = None
    points: float = 0.0

    def ends_at(self, now: datetime) -> datetime | None:
        """Say when it ends; None for what does not last."""
        if not self.kind.lasts:
            return None
        return FOREVER if self.seconds is None else now + timedelta(seconds=self.seconds)


class Appeal(msgspec.Struct, frozen=True):
    """What the subject has to say, and what was decided about it."""

    state: AppealState
    text: str
    at: datetime
    decided_by: UserId | None = None
    decided_at: datetime | None = None
    decision: str | None = None


class Lift(msgspec.Struct, frozen=True):
    """Who took a sanction back, when and why; without ``by`` the operator did."""

    at: datetime
    by: UserId | None
    reason: str


class Sanction(msgspec.Struct, frozen=True):
    """A sanction as it is kept. ``author`` is None where nobody in particular decided on it."""

    id: int
    subject: Subject
    kind: SanctionKind
    reason: str
    rule: str | None
    points: float
    author: UserId | None
    created_at: datetime
    ends_at: datetime | None
    conversation: str | None
    lift: Lift | None
    appeal: Appeal | None

    def is_active(self, at: datetime) -> bool:
        """Say whether it holds: it lasts, has not ended and was not lifted."""
        return self.lift is None and self.ends_at is not None and self.ends_at > at

    def notice(self) -> Notice:
        """What the subject is told of it, as it is now."""
        return Notice(
            kind=self.kind,
            reason=self.reason,
            id=self.id,
            active=self.lift is None,
            until=None if self.ends_at == FOREVER else self.ends_at,
            conversation_id=self.conversation,
        )


class Rung(msgspec.Struct, frozen=True):
    """A step of the ladder: what so many points lead to. ``seconds`` None is for good."""

    points: float
    kind: SanctionKind
    seconds: int | None = None


class Ladder(msgspec.Struct, frozen=True):
    """What follows by itself: the rungs from the lowest, points by rule, and how fast they fade."""

    rungs: tuple[Rung, ...]
    points_of: dict[str, float]
    half_life_seconds: int

    def rung_for(self, points: float) -> Rung | None:
        """The highest rung that so many points reach.

        To a tenth: three breaches in a minute are worth three, though the first has begun to fade.
        """
        reached = [rung for rung in self.rungs if rung.points <= round(points, 1)]
        return max(reached, key=lambda rung: rung.points, default=None)

    def faded(self, points: float, *, since: datetime, now: datetime) -> float:
        """What is left of points. A clock that went back takes nothing away."""
        seconds = max(0.0, (now - since).total_seconds())
        return float(points * 0.5 ** (seconds / self.half_life_seconds))


def require_reason(text: str, *, field: str = "reason", limit: int = MAX_REASON_CHARACTERS) -> str:
    """Give the text back. Raises ``Invalid`` where it is empty, too long or cannot be stored."""
    if not text.strip():
        raise Invalid(field, "Must say something")
    if len(text) > limit:
        raise Invalid(field, f"Must have {limit} characters at most")
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise Invalid(field, "Must not contain NUL or unpaired surrogates")
    return text


def require_sensible(new: NewSanction) -> NewSanction:
    """Give the sanction back. Raises ``Invalid`` for what cannot be."""
    require_reason(new.reason)
    if new.seconds is not None:
        if not new.kind.lasts:
            raise Invalid("seconds", f"A {new.kind} does not last")
        if not 1 <= new.seconds <= MAX_SECONDS:
            raise Invalid("seconds", f"Must lie between 1 and {MAX_SECONDS}")
    if not 0 <= new.points <= MAX_POINTS:
        raise Invalid("points", f"Must lie between 0 and {MAX_POINTS:g}")
    if (new.kind is SanctionKind.KICK) != (new.conversation is not None):
        raise Invalid("conversation_id", "Is for a kick, which needs it")
    return new


def read_rung(text: str) -> Rung:
    """Read ``POINTS=KIND`` or ``POINTS=KIND:SECONDS``. Raises ``Invalid``."""
    try:
        points, wanted = text.split("=", 1)
        kind, _, seconds = wanted.partition(":")
        return Rung(float(points), SanctionKind(kind), int(seconds) if seconds else None)
    except ValueError as error:
        raise Invalid("rungs", "Must be like 5=mute:3600") from error


def require_ladder(rungs: Sequence[Rung]) -> tuple[Rung, ...]:
    """Give the rungs in order. Raises ``Invalid`` for what is no ladder."""
    if len(rungs) > MAX_RUNGS:
        raise Invalid("rungs", f"Must be {MAX_RUNGS} at most")
    if len({rung.points for rung in rungs}) < len(rungs):
        raise Invalid("rungs", "Must differ in their points")
    for rung in rungs:
        if not 0 < rung.points <= MAX_POINTS:
            raise Invalid("rungs", f"Points must lie between 0 and {MAX_POINTS:g}")
        if rung.kind is SanctionKind.KICK:
            raise Invalid("rungs", "Nobody is kicked out of nowhere in particular")
        if rung.seconds is not None and not (rung.kind.lasts and 1 <= rung.seconds <= MAX_SECONDS):
            raise Invalid("rungs", f"Seconds are for mutes and bans, 1 to {MAX_SECONDS}")
    return tuple(sorted(rungs, key=lambda rung: rung.points))
