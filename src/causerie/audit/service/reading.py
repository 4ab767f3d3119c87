"""Reading the trail, for those who may."""

from __future__ import annotations

from causerie.audit.errors import MayNotRead
from causerie.audit.model import Entry, EventQuery, LogQuery, Page, StoredEvent
from causerie.audit.ports import Reading
from causerie.foundation.identity import Principal
from causerie.foundation.paging import require_limit

MAX_PAGE = 500
DEFAULT_PAGE = 100


class AuditReader:
    """Lists entries and events. ``permission`` is the one that a principal's role must grant."""

    def __init__(self, reading: Reading, *, permission: str) -> None:
        self._reading = reading
        self._permission = permission

    async def entries(self, principal: Principal, query: LogQuery) -> Page[Entry]:
        """Give a page of the audit log, newest first. Raises ``MayNotRead`` or ``Invalid``."""
        self._require_may_read(principal, query.limit)
        return await self._reading.entries(query)

    async def events(self, principal: Principal, query: EventQuery) -> Page[StoredEvent]:
        """Give a page of the security events. Raises ``MayNotRead`` or ``Invalid``."""
        self._require_may_read(principal, query.limit)
        return await self._reading.events(query)

    def _require_may_read(self, principal: Principal, limit: int) -> None:
        if not principal.may(self._permission):
            raise MayNotRead
        require_limit(limit, MAX_PAGE)
