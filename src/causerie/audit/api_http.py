"""The audit trail over HTTP, for those whose role may read it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import Controller, get
from litestar.params import QueryParameter

from causerie.audit.model import EventQuery, LogQuery, Severity
from causerie.audit.service import AuditReader
from causerie.audit.service.reading import DEFAULT_PAGE, MAX_PAGE
from causerie.audit.wire import WireEntries, WireSecurityEvents, entries_out, events_out
from causerie.foundation.errors import Invalid
from causerie.foundation.paging import require_bound
from causerie.gateway.http import Acting, BeforeId, at_most

Limit = Annotated[int, at_most(MAX_PAGE)]
OfUser = Annotated[int | None, QueryParameter(description="Only those of this user.")]
Level = Annotated[Severity | None, QueryParameter(description="Only those of this severity.")]
Since = Annotated[datetime | None, QueryParameter(description="From this moment on (RFC 3339).")]
Until = Annotated[datetime | None, QueryParameter(description="Before this moment (RFC 3339).")]
Action = Annotated[str | None, QueryParameter(description="Only this action, in full.")]
Target = Annotated[
    str | None, QueryParameter(description="Only what this happened to: `users:12`.")
]
OfKind = Annotated[str | None, QueryParameter(description="Only this kind of event.")]
Address = Annotated[str | None, QueryParameter(description="Only from this address.")]


def audit_routes(reader: AuditReader) -> type[Controller]:
    """The controller for this reader; Litestar makes the instance."""
    return type("AuditTrail", (AuditController,), {"reader": reader})


class AuditController(Controller):
    """The routes of the audit trail."""

    path = "/api/v2/audit"
    tags = ("audit",)

    reader: AuditReader

    @get("/logs")
    async def logs(  # noqa: PLR0913, PLR0917 - each filter is a parameter of the request
        self,
        principal: Acting,
        limit: Limit = DEFAULT_PAGE,
        before: BeforeId = None,
        user_id: OfUser = None,
        action: Action = None,
        target: Target = None,
        severity: Level = None,
        since: Since = None,
        until: Until = None,
    ) -> WireEntries:
        """List who did what, newest first."""
        query = LogQuery(
            limit=limit,
            before_id=_id("before", before),
            user_id=_id("user_id", user_id),
            action=action,
            target=target,
            severity=severity,
            since=_moment("since", since),
            until=_moment("until", until),
        )
        return entries_out(await self.reader.entries(principal, query))

    @get("/security-events")
    async def security_events(  # noqa: PLR0913, PLR0917 - each filter is a parameter of the request
        self,
        principal: Acting,
        limit: Limit = DEFAULT_PAGE,
        before: BeforeId = None,
        user_id: OfUser = None,
        kind: OfKind = None,
        address: Address = None,
        severity: Level = None,
        since: Since = None,
        until: Until = None,
    ) -> WireSecurityEvents:
        """List what looked like an attack, newest first."""
        query = EventQuery(
            limit=limit,
            before_id=_id("before", before),
            user_id=_id("user_id", user_id),
            kind=kind,
            address=address,
            severity=severity,
            since=_moment("since", since),
            until=_moment("until", until),
        )
        return events_out(await self.reader.events(principal, query))


def _id(field: str, value: int | None) -> int | None:
    require_bound(field, value)
    return value


def _moment(field: str, value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise Invalid(field, "Must name its offset from UTC")
    return value
