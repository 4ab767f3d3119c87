"""Reports: what users find wrong, and what moderators make of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from causerie.foundation.identity import MessageId, UserId
from causerie.moderation.model.corpora import Topic

MAX_COMMENT_CHARACTERS = 1000  # A paragraph; the table checks it too.
MAX_OPEN_REPORTS = 50  # Of one reporter; who finds more wrong than that in a day writes a letter.
MAX_DECIDED_AT_ONCE = 100  # One page of the queue.


class ReportReason(StrEnum):
    """What is wrong."""

    SPAM = "spam"
    ABUSE = "abuse"
    HARASSMENT = "harassment"
    ILLEGAL = "illegal"
    OTHER = "other"

    @property
    def topic(self) -> Topic | None:
        """What a decision about it teaches the classifiers; None: nothing."""
        return _TOPICS.get(self)


_TOPICS = {
    ReportReason.SPAM: Topic.SPAM,
    ReportReason.ABUSE: Topic.ABUSE,
    ReportReason.HARASSMENT: Topic.ABUSE,
}


class ReportState(StrEnum):
    """What became of a report."""

    OPEN = "open"
    DISMISSED = "dismissed"
    UPHELD = "upheld"


class NewReport(msgspec.Struct, frozen=True):
    """A report as it is made; ``content`` is what the message says at this moment."""

    reporter: UserId
    subject: UserId
    reason: ReportReason
    comment: str
    message_id: MessageId | None = None
    content: str | None = None


class Report(msgspec.Struct, frozen=True):
    """A report as it is kept."""

    id: int
    reporter: UserId
    subject: UserId
    message_id: MessageId | None
    content: str | None
    reason: ReportReason
    comment: str
    state: ReportState
    created_at: datetime
    decided_by: UserId | None
    decided_at: datetime | None
    decision: str | None
