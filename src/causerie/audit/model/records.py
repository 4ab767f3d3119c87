"""What is read back: entries and events, page by page, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

# JSON values of one level: ids, names of roles, counts.
Details = Mapping[str, str | int | float | bool | Sequence[str] | None]


class Entry(msgspec.Struct, frozen=True):
    """One line of the audit log. ``before`` and ``after`` hold what changed."""

    id: int
    created_at: datetime
    user_id: int | None
    actor: str
    action: str
    table_name: str | None
    target: str | None
    address: str | None
    severity: str
    before: msgspec.Raw | None
    after: msgspec.Raw | None
    hash: str


class StoredEvent(msgspec.Struct, frozen=True):
    """One security event as it stands in the table."""

    id: int
    created_at: datetime
    kind: str
    severity: str
    user_id: int | None
    address: str | None
    details: msgspec.Raw
    hash: str


class LogQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: all filters must hold; ``before_id`` is the cursor, exclusive."""

    limit: int
    before_id: int | None = None
    user_id: int | None = None
    action: str | None = None
    target: str | None = None
    severity: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class EventQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which events: all filters must hold; ``before_id`` is the cursor, exclusive."""

    limit: int
    before_id: int | None = None
    user_id: int | None = None
    kind: str | None = None
    address: str | None = None
    severity: str | None = None
    since: datetime | None = None
    until: datetime | None = None


T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some rows, newest first; where there are more, the last one's id is the next ``before_id``."""

    items: Sequence[T]
    has_more: bool
