"""What an operator does at the command line: look, check, take out."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from causerie.audit.model import Entry, EventQuery, LogQuery, StoredEvent
from causerie.audit.ports import Reading
from causerie.audit.service.checking import Notary, Verdict
from causerie.foundation.clock import rfc3339

ROWS_AT_ONCE = 1_000  # Some 1 MB.


class AuditDesk:
    """For whoever runs the server; there is nobody to ask for a permission."""

    def __init__(self, reading: Reading, notary: Notary) -> None:
        self._reading = reading
        self._notary = notary

    async def verify(self) -> Verdict:
        """Look at every row of every chain."""
        return await self._notary.verify()

    async def newest(self, *, events: bool, limit: int) -> list[str]:
        """Give the newest rows, one a line, in order."""
        if events:
            found = (await self._reading.events(EventQuery(limit=limit))).items
            return [_event_line(event) for event in reversed(found)]
        entries = (await self._reading.entries(LogQuery(limit=limit))).items
        return [_entry_line(entry) for entry in reversed(entries)]

    async def export(self, write: Callable[[str], object], *, events: bool) -> int:
        """Write all rows as JSON lines, the oldest first; gives how many."""
        written, after = 0, 0
        while True:
            rows = await (
                self._reading.events_after(after, limit=ROWS_AT_ONCE)
                if events
                else self._reading.entries_after(after, limit=ROWS_AT_ONCE)
            )
            for row in rows:
                write(msgspec.json.encode(row).decode() + "\n")
            written += len(rows)
            if len(rows) < ROWS_AT_ONCE:
                return written
            after = rows[-1].id


def _entry_line(entry: Entry) -> str:
    what = " ".join(
        text
        for text in (entry.action, entry.target, _change(entry.before, entry.after))
        if text is not None
    )
    where = f" from {entry.address}" if entry.address else ""
    return f"{entry.id} {rfc3339(entry.created_at)} {entry.severity} {entry.actor}{where}: {what}"


def _change(before: msgspec.Raw | None, after: msgspec.Raw | None) -> str | None:
    if before is None and after is None:
        return None
    return " -> ".join(bytes(raw).decode() for raw in (before, after) if raw is not None)


def _event_line(event: StoredEvent) -> str:
    who = "" if event.user_id is None else f" user:{event.user_id}"
    where = f" from {event.address}" if event.address else ""
    details = bytes(event.details).decode()
    return f"{event.id} {rfc3339(event.created_at)} {event.severity} {event.kind}{who}{where} {details}"
