"""What follows from a decision about reports: one deed each, done after the commit, at least once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

import msgspec

from causerie.foundation.identity import MessageId, Principal, UserId
from causerie.foundation.jobs import Retries
from causerie.moderation.model.reports import Report
from causerie.moderation.model.sanctions import SanctionKind

FOLLOWING_JOB = "report_follows"
# Over a database that is away for a night: 1 s, doubling to ten minutes, some 100 times.
FOLLOWING_RETRIES = Retries(attempts=100, first_seconds=1, longest_seconds=600)


class Consequence(msgspec.Struct, frozen=True):
    """What a moderator does about whom the upheld reports are about; None: the ladder says."""

    kind: SanctionKind
    seconds: int | None = None
    points: float = 0.0


class Decision(msgspec.Struct, frozen=True):
    """What is decided about several reports at once."""

    ids: Sequence[int]
    is_upheld: bool
    reason: str
    sanction: Consequence | None = None
    deletes_messages: bool = False


class Punish(msgspec.Struct, frozen=True, tag="punish"):
    """Sanction whom it is about: as named, or as the ladder says."""

    report_id: int
    subject: UserId
    reason: str
    sanction: Consequence | None


class Remove(msgspec.Struct, frozen=True, tag="remove"):
    """Delete what was reported."""

    message_id: MessageId


class Teach(msgspec.Struct, frozen=True, tag="teach"):
    """Have the classifier learn from it."""

    report_id: int


class Tell(msgspec.Struct, frozen=True, tag="tell"):
    """Tell who reported what came of it."""

    report_id: int


Deed = Union[Punish, Remove, Teach, Tell]  # noqa: UP007 - a value of its own for msgspec


class Decider(msgspec.Struct, frozen=True):
    """Who decided, with what they might do then, and from where: the deeds are theirs."""

    user_id: UserId
    username: str
    role: str
    permissions: tuple[str, ...]
    address: str

    def principal(self) -> Principal:
        """Them, as they were when they decided."""
        return Principal(
            user_id=self.user_id,
            username=self.username,
            role=self.role,
            session="",
            token="",
            permissions=frozenset(self.permissions),
        )


class Order(msgspec.Struct, frozen=True):
    """What lies in the queue."""

    deed: Deed
    by: Decider


def decider_of(who: Principal, *, address: str) -> Decider:
    """Keep of a principal what its deeds need."""
    return Decider(who.user_id, who.username, who.role, tuple(sorted(who.permissions)), address)


def deeds_of(decision: Decision, decided: Sequence[Report]) -> list[Deed]:
    """Say what follows from those of the reports that were decided now; whom they are about, once."""
    deeds: list[Deed] = []
    if decision.is_upheld:
        first: dict[UserId, int] = {}
        for report in decided:
            first.setdefault(report.subject, report.id)
        deeds += [
            Punish(report_id, subject, decision.reason, decision.sanction)
            for subject, report_id in sorted(first.items())
        ]
    if decision.is_upheld and decision.deletes_messages:
        messages = {report.message_id for report in decided} - {None}
        deeds += [Remove(message_id) for message_id in sorted(filter(None, messages))]
    for report in decided:
        if report.reason.topic is not None and report.content:
            deeds.append(Teach(report.id))
        deeds.append(Tell(report.id))
    return deeds
