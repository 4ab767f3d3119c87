"""How sanctions look over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from causerie.accounts import FOREVER
from causerie.foundation.clock import rfc3339
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import MAX_ID, UserId
from causerie.moderation.model.sanctions import (
    Appeal,
    AppealState,
    Ladder,
    Lift,
    NewSanction,
    Rung,
    Sanction,
    SanctionKind,
    Subject,
    SubjectKind,
)

Id = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body that comes in: unknown fields are refused (PROTOCOL, Meaning)."""


class PostSanction(_Body, frozen=True):
    """A sanction by hand. Without ``seconds`` a mute or a ban is for good.

    ``conversation_id`` is what a kick is out of; ``points`` count towards what follows by itself.
    """

    user_id: Id
    kind: SanctionKind
    reason: str
    seconds: int | None = None
    conversation_id: str | None = None
    points: float = 0.0


class PostLift(_Body, frozen=True):
    """Why a sanction is taken back."""

    reason: str


class PostAppeal(_Body, frozen=True):
    """Why a sanction should be looked at again."""

    text: str


class PostBannedAppeal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a login asks for; ``text`` is the appeal, without it the ban is only shown."""

    username: str
    password: str
    code: str | None = None
    text: str | None = None


class PostDecision(_Body, frozen=True):
    """What was decided about an appeal, and why."""

    granted: bool
    reason: str


class WireRung(_Body, frozen=True):
    """What so many points lead to; without ``seconds``, for good."""

    points: float
    kind: SanctionKind
    seconds: int | None = None


class PutLadder(_Body, frozen=True):
    """What follows by itself: the rungs, and after how long points are half of what they were."""

    rungs: list[WireRung]
    half_life_seconds: int


class WireLadder(msgspec.Struct, frozen=True):
    """What follows by itself; ``breaches`` are the points that a breach of each rule adds."""

    rungs: list[WireRung]
    half_life_seconds: int
    breaches: dict[str, float]


class WireAppeal(msgspec.Struct, frozen=True):
    """An appeal and what came of it."""

    state: AppealState
    text: str
    created_at: str
    decided_by: int | None
    decided_at: str | None
    decision: str | None


class WireLift(msgspec.Struct, frozen=True):
    """When a sanction was taken back, and why."""

    at: str
    by: int | None
    reason: str


class WireSanction(msgspec.Struct, frozen=True):
    """A sanction. ``until`` is null for what has no end, or is a moment's (a warning, a kick).

    ``rule`` names what it followed from by itself; ``author_id`` is null then, and where the one
    whom it is about asks.
    """

    id: int
    subject_kind: SubjectKind
    subject_id: int
    kind: SanctionKind
    active: bool
    reason: str
    rule: str | None
    points: float
    author_id: int | None
    conversation_id: str | None
    created_at: str
    until: str | None
    lifted: WireLift | None
    appeal: WireAppeal | None


class WireSanctions(msgspec.Struct, frozen=True):
    """A page of sanctions, the newest first."""

    items: list[WireSanction]
    has_more: bool


class WireOwnSanctions(msgspec.Struct, frozen=True):
    """One's own sanctions, the newest first, and the points that are left."""

    items: list[WireSanction]
    has_more: bool
    points: float


def sanction_in(body: PostSanction, *, author: UserId) -> NewSanction:
    """Read a sanction."""
    return NewSanction(
        Subject(SubjectKind.USER, body.user_id),
        body.kind,
        body.reason,
        seconds=body.seconds,
        conversation=body.conversation_id,
        author=author,
        points=body.points,
    )


def sanction_out(sanction: Sanction, *, active: bool, names_people: bool = True) -> WireSanction:
    """Write a sanction out; to whom it is about, without who has decided."""
    until = sanction.ends_at
    return WireSanction(
        id=sanction.id,
        subject_kind=sanction.subject.kind,
        subject_id=sanction.subject.id,
        kind=sanction.kind,
        active=active,
        reason=sanction.reason,
        rule=sanction.rule,
        points=round(sanction.points, 3),
        author_id=sanction.author if names_people else None,
        conversation_id=sanction.conversation,
        created_at=rfc3339(sanction.created_at),
        until=None if until is None or until == FOREVER else rfc3339(until),
        lifted=None if sanction.lift is None else _lift(sanction.lift, names_people=names_people),
        appeal=None
        if sanction.appeal is None
        else _appeal(sanction.appeal, names_people=names_people),
    )


def rungs_in(body: PutLadder) -> Sequence[Rung]:
    """Read a ladder."""
    if not body.rungs:
        raise Invalid("rungs", "Must be one at least")
    return [Rung(rung.points, rung.kind, rung.seconds) for rung in body.rungs]


def ladder_out(ladder: Ladder) -> WireLadder:
    """Write a ladder out."""
    return WireLadder(
        rungs=[WireRung(rung.points, rung.kind, rung.seconds) for rung in ladder.rungs],
        half_life_seconds=ladder.half_life_seconds,
        breaches=ladder.points_of,
    )


def _lift(lift: Lift, *, names_people: bool) -> WireLift:
    return WireLift(rfc3339(lift.at), lift.by if names_people else None, lift.reason)


def _appeal(appeal: Appeal, *, names_people: bool) -> WireAppeal:
    return WireAppeal(
        state=appeal.state,
        text=appeal.text,
        created_at=rfc3339(appeal.at),
        decided_by=appeal.decided_by if names_people else None,
        decided_at=None if appeal.decided_at is None else rfc3339(appeal.decided_at),
        decision=appeal.decision,
    )
