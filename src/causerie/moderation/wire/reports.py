"""How reports look over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from causerie.accounts import UserCard
from causerie.foundation.clock import rfc3339
from causerie.moderation.model.following import Consequence, Decision
from causerie.moderation.model.reports import Report, ReportReason, ReportState
from causerie.moderation.model.sanctions import SanctionKind
from causerie.moderation.wire.sanctions import Id

Key = Annotated[str, msgspec.Meta(pattern=r"\A[\x20-\x7e]{1,128}\Z")]  # PROTOCOL, Idempotency


class PostReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with a message, or with a user: one of the two is named."""

    reason: ReportReason
    message_id: Id | None = None
    user_id: Id | None = None
    comment: str = ""


class ReportCommand(msgspec.Struct, frozen=True, gc=False):
    """``report``: what is wrong with a message, or with a user; one of the two is named."""

    reason: ReportReason
    message_id: Id | None = None
    user_id: Id | None = None
    comment: str = ""
    client_id: Key | None = None


class PostConsequence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sanction for whom the reports are about; without ``seconds`` it is for good."""

    kind: SanctionKind
    seconds: int | None = None
    points: float = 0.0


class PostDecisions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is decided about several reports. Upheld without a ``sanction``: the ladder says."""

    ids: list[int]
    upheld: bool
    reason: str
    sanction: PostConsequence | None = None
    delete_messages: bool = False


class WireReceipt(msgspec.Struct, frozen=True):
    """What a reporter gets to see."""

    id: int
    state: ReportState
    created_at: str


class WireReport(msgspec.Struct, frozen=True):
    """A report; ``content`` is what the message said when it was reported."""

    id: int
    reporter_id: int
    user_id: int
    message_id: int | None
    content: str | None
    reason: ReportReason
    comment: str
    state: ReportState
    created_at: str
    decided_by: int | None
    decided_at: str | None
    decision: str | None


class WireReports(msgspec.Struct, frozen=True):
    """A page of the queue, the newest first."""

    items: list[WireReport]
    has_more: bool


class WirePeople(msgspec.Struct, frozen=True):
    """Those of the asked-for users that exist."""

    items: list[UserCard]


class WireDecided(msgspec.Struct, frozen=True):
    """Those of the reports that were open until now; the others had been decided before."""

    items: list[WireReport]


def decision_in(body: PostDecisions) -> Decision:
    """Read a decision."""
    wanted = body.sanction
    return Decision(
        sorted(set(body.ids)),
        body.upheld,
        body.reason,
        None if wanted is None else Consequence(wanted.kind, wanted.seconds, wanted.points),
        body.delete_messages,
    )


def receipt_out(report: Report) -> WireReceipt:
    """Write out what a reporter gets to see."""
    return WireReceipt(report.id, report.state, rfc3339(report.created_at))


def reports_out(reports: Sequence[Report]) -> list[WireReport]:
    """Write reports out, for moderators."""
    return [
        WireReport(
            id=report.id,
            reporter_id=report.reporter,
            user_id=report.subject,
            message_id=report.message_id,
            content=report.content,
            reason=report.reason,
            comment=report.comment,
            state=report.state,
            created_at=rfc3339(report.created_at),
            decided_by=report.decided_by,
            decided_at=None if report.decided_at is None else rfc3339(report.decided_at),
            decision=report.decision,
        )
        for report in reports
    ]
