"""Does what follows from a decided report: a job of each deed, which may be done twice."""

from __future__ import annotations

import structlog

from causerie.foundation.errors import Refusal, Unavailable
from causerie.foundation.identity import CALLER, Caller, MessageId, Principal
from causerie.foundation.jobs import Job, Never
from causerie.messages import MessageService
from causerie.moderation.model.following import Order, Punish, Remove, Teach, Tell
from causerie.moderation.model.reports import Report, ReportState
from causerie.moderation.model.sanctions import NewSanction, Subject, SubjectKind
from causerie.moderation.ports import ReportNotices, ReportStore
from causerie.moderation.service.learning import Learning
from causerie.moderation.service.sanctions import SanctionService

log = structlog.get_logger()

REPORT_UPHELD = "report_upheld"  # The rule whose points count where no sanction is named.


class Following:
    """The handler of the queue's jobs. Each deed done again changes nothing."""

    def __init__(
        self,
        store: ReportStore,
        *,
        messages: MessageService,
        sanctions: SanctionService,
        learning: Learning,
        notices: ReportNotices,
    ) -> None:
        self._store = store
        self._messages = messages
        self._sanctions = sanctions
        self._learning = learning
        self._notices = notices

    async def follow(self, job: Job) -> None:
        """Do one. Raises ``Never`` where it is refused, as no later try would change that."""
        order = job.read(Order)
        who = order.by.principal()
        CALLER.set(Caller(who.user_id, order.by.address))  # The job has a task of its own.
        try:
            match order.deed:
                case Punish() as punish:
                    await self._punish(who, punish)
                case Remove(message_id):
                    await self._remove(who, message_id)
                case Teach(report_id):
                    await self._teach(who, await self._report(report_id))
                case Tell(report_id):
                    await self._notices.tell(await self._report(report_id))
        except Unavailable:
            raise
        except Refusal as refusal:
            log.warning("report_not_followed", deed=type(order.deed).__name__, code=refusal.code)
            raise Never(f"{refusal.code}: {refusal}") from refusal

    async def _punish(self, who: Principal, deed: Punish) -> None:
        # No key of a client has such a character (PROTOCOL, Meaning): it is nobody's but ours.
        key = f"\u00a7report:{deed.report_id}"
        if deed.sanction is None:
            await self._sanctions.record_breach(
                deed.subject, REPORT_UPHELD, reason=deed.reason, by=who.user_id, key=key
            )
            return
        new = NewSanction(
            Subject(SubjectKind.USER, deed.subject),
            deed.sanction.kind,
            deed.reason,
            seconds=deed.sanction.seconds,
            author=who.user_id,
            points=deed.sanction.points,
        )
        await self._sanctions.impose(who, new, key=key)

    async def _remove(self, who: Principal, message_id: MessageId) -> None:
        await self._messages.delete_message(who, message_id)

    async def _teach(self, who: Principal, report: Report) -> None:
        topic = report.reason.topic
        if topic is not None and report.content:
            await self._learning.observe(
                report.content,
                topic,
                is_positive=report.state is ReportState.UPHELD,
                taught_by=who.user_id,
            )

    async def _report(self, report_id: int) -> Report:
        found = await self._store.by_ids([report_id])
        if not found:
            raise Never(f"report {report_id} is gone")
        return found[0]
