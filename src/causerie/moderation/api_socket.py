"""Reports over the socket: the command of v2."""

from __future__ import annotations

import msgspec

from causerie.gateway.router import Reply, Router
from causerie.gateway.session import Session
from causerie.moderation.service import ReportService
from causerie.moderation.wire.reports import ReportCommand, WireReceipt, receipt_out


class ReportCommands:
    """Handlers; what they raise is answered as an error by the dialect."""

    def __init__(self, reports: ReportService) -> None:
        self._reports = reports

    def register(self, router: Router) -> None:
        """Take the command that is about reports."""
        router.register("report", ReportCommand, self.report, answers=WireReceipt)

    async def report(self, session: Session, command: ReportCommand, reply: Reply) -> None:
        """Report a message that one can read, or a user; once, however often it is repeated."""
        report, _ = await self._reports.report(
            session.principal,
            reason=command.reason,
            comment=command.comment,
            message_id=command.message_id,
            user_id=command.user_id,
            key=command.client_id,
        )
        reply.ack(msgspec.json.encode(receipt_out(report)))
