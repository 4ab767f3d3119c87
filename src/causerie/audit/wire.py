"""How the audit trail looks outside: over HTTP, and line by line in an exported file."""

from __future__ import annotations

from typing import Any

import msgspec

from causerie.audit.model import Entry, Page, StoredEvent
from causerie.foundation.clock import rfc3339


class WireEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit log: who did what to what, from where."""

    id: int
    created_at: str
    user_id: int | None
    actor: str
    action: str
    table: str | None
    target: str | None
    address: str | None
    severity: str
    # Any: the columns that changed, of whatever table; JSON as the database holds it.
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str


class WireSecurityEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One security event."""

    id: int
    created_at: str
    kind: str
    severity: str
    user_id: int | None
    address: str | None
    details: dict[str, Any]  # Any: each kind has its own; JSON of one level
    hash: str


class WireEntries(msgspec.Struct, frozen=True):
    """A page of the audit log, newest first; the next one is asked for by ``before`` = the last id."""

    items: list[WireEntry]
    has_more: bool


class WireSecurityEvents(msgspec.Struct, frozen=True):
    """A page of security events, newest first; the next one: ``before`` = the last id."""

    items: list[WireSecurityEvent]
    has_more: bool


def entry_out(entry: Entry) -> WireEntry:
    """Show an entry."""
    return WireEntry(
        id=entry.id,
        created_at=rfc3339(entry.created_at),
        user_id=entry.user_id,
        actor=entry.actor,
        action=entry.action,
        table=entry.table_name,
        target=entry.target,
        address=entry.address,
        severity=entry.severity,
        before=_object(entry.before),
        after=_object(entry.after),
        hash=entry.hash,
    )


def event_out(event: StoredEvent) -> WireSecurityEvent:
    """Show an event."""
    return WireSecurityEvent(
        id=event.id,
        created_at=rfc3339(event.created_at),
        kind=event.kind,
        severity=event.severity,
        user_id=event.user_id,
        address=event.address,
        details=_object(event.details) or {},
        hash=event.hash,
    )


def entries_out(page: Page[Entry]) -> WireEntries:
    """Show a page of the log."""
    return WireEntries([entry_out(entry) for entry in page.items], page.has_more)


def events_out(page: Page[StoredEvent]) -> WireSecurityEvents:
    """Show a page of events."""
    return WireSecurityEvents([event_out(event) for event in page.items], page.has_more)


def _object(raw: msgspec.Raw | None) -> dict[str, Any] | None:
    return None if raw is None else msgspec.json.decode(raw, type=dict[str, Any])
