"""Reports over HTTP: made by users, decided by moderators."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from causerie.accounts import Permission
from causerie.foundation.identity import UserId
from causerie.foundation.paging import require_bound
from causerie.gateway.http import Acting, BeforeId, IdempotencyKey, at_most, by_scope, counted_as
from causerie.limits import Action
from causerie.moderation.model.reports import ReportReason, ReportState
from causerie.moderation.ports import ReportQuery
from causerie.moderation.service import ReportService
from causerie.moderation.service.reports import MAX_REPORTS_PER_PAGE
from causerie.moderation.wire.reports import (
    PostDecisions,
    PostReport,
    WireDecided,
    WireReceipt,
    WireReports,
    decision_in,
    receipt_out,
    reports_out,
)

DEFAULT_PER_PAGE = 50
Limit = Annotated[int, at_most(MAX_REPORTS_PER_PAGE)]
About = Annotated[int | None, QueryParameter(description="Only those about this user.")]
# Litestar gives "state" to handlers as something of its own.
InState = Annotated[
    ReportState | None, QueryParameter(name="state", description="Only those in this state.")
]
ForReason = Annotated[ReportReason | None, QueryParameter(description="Only for this reason.")]
REPORTED_ALREADY = ResponseSpec(
    WireReceipt, description="One has reported this before", generate_examples=False
)


def report_routes(service: ReportService) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Reports", (ReportController,), {"service": service})


class ReportController(Controller):
    """The routes of reports."""

    path = "/api/v2/moderation/reports"
    tags = ("moderation",)

    service: ReportService

    @post("/", responses={200: REPORTED_ALREADY}, opt=counted_as(Action.REPORTS))
    async def report(
        self, principal: Acting, data: JSONBody[PostReport], idempotency_key: IdempotencyKey
    ) -> Response[WireReceipt]:
        """Report a message that one can read, or a user: 200 where one has before."""
        report, is_new = await self.service.report(
            principal,
            reason=data.reason,
            comment=data.comment,
            message_id=data.message_id,
            user_id=data.user_id,
            key=idempotency_key,
        )
        return Response(receipt_out(report), status_code=201 if is_new else 200)

    @get("/")
    async def list_all(
        self,
        principal: Acting,
        *,
        in_state: InState = None,
        reason: ForReason = None,
        user_id: About = None,
        before: BeforeId = None,
        limit: Limit = DEFAULT_PER_PAGE,
    ) -> WireReports:
        """List reports, the newest first (moderators)."""
        require_bound("before", before)
        require_bound("user_id", user_id)
        subject = None if user_id is None else UserId(user_id)
        query = ReportQuery(limit, before, in_state, reason, subject)
        items, has_more = await self.service.list(principal, query)
        return WireReports(reports_out(items), has_more)

    @post("/decisions", opt=by_scope(Permission.REVIEW_REPORTS), status_code=200)
    async def decide(
        self,
        principal: Acting,
        data: JSONBody[PostDecisions],
        idempotency_key: IdempotencyKey,
    ) -> WireDecided:
        """Dismiss or uphold reports, with a sanction, and delete what was said (moderators)."""
        decided = await self.service.decide(principal, decision_in(data), key=idempotency_key)
        return WireDecided(reports_out(decided))
