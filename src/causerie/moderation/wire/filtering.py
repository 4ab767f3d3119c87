"""How the filter's settings and verdicts look outside."""

from __future__ import annotations

import msgspec

from causerie.conversations import wire_id
from causerie.foundation.clock import rfc3339
from causerie.moderation.model import Action, Finding, Policy
from causerie.moderation.ports import Record, RoomFilter


class PutFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a room wants of each level; null, or left out, is the server's setting."""

    size: Action | None = None
    structure: Action | None = None
    meaning: Action | None = None


class WireFilter(msgspec.Struct, frozen=True):
    """What a room wants, and what holds in it."""

    wanted: RoomFilter
    effective: Policy


class WireVerdict(msgspec.Struct, frozen=True):
    """What the filter did with one text. Without ``message_id``: a send that was refused."""

    id: int
    conversation_id: str
    author_id: int
    message_id: int | None
    refused: bool
    refused_text: str | None
    findings: tuple[Finding, ...]
    created_at: str


class WireVerdicts(msgspec.Struct, frozen=True):
    """A page of verdicts, the newest first."""

    items: list[WireVerdict]


def filter_out(wanted: RoomFilter, effective: Policy) -> WireFilter:
    """Show a room's filter."""
    return WireFilter(wanted, effective)


def verdicts_out(records: list[Record]) -> WireVerdicts:
    """Show what the filter did."""
    return WireVerdicts([_verdict(record) for record in records])


def _verdict(record: Record) -> WireVerdict:
    note = record.note
    return WireVerdict(
        id=record.id,
        conversation_id=wire_id(record.kind, note.conversation_id),
        author_id=note.author_id,
        message_id=note.message_id,
        refused=note.refused_text is not None,
        refused_text=note.refused_text,
        findings=note.findings,
        created_at=rfc3339(record.created_at),
    )
