"""Reports: users make them, moderators decide, and each decision has its consequences once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog

from causerie.accounts import AccountService, Permission
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Invalid, Refusal, Unavailable
from causerie.foundation.identity import MAX_ID, MessageId, Principal, UserId
from causerie.messages import MessageService
from causerie.moderation.errors import MayNotModerate
from causerie.moderation.model.reports import (
    MAX_COMMENT_CHARACTERS,
    MAX_DECIDED_AT_ONCE,
    NewReport,
    Report,
    ReportReason,
    ReportState,
)
from causerie.moderation.model.sanctions import (
    NewSanction,
    SanctionKind,
    Subject,
    SubjectKind,
    require_reason,
    require_sensible,
)
from causerie.moderation.ports import Key, ReportQuery, ReportStore
from causerie.moderation.service.learning import Learning
from causerie.moderation.service.sanctions import SanctionService, require_may_sanction

log = structlog.get_logger()

MAX_REPORTS_PER_PAGE = 100  # With what the messages said, some 500 KB at most.
REPORT_UPHELD = "report_upheld"  # The rule whose points count where no sanction is named.


class Consequence(msgspec.Struct, frozen=True):
    """What a moderator does about whom the upheld reports are about; None: the ladder says."""

    kind: SanctionKind
    seconds: int | None = None
    points: float = 0.0


class Decision(msgspec.Struct, frozen=True):
    """What is decided about several reports at once."""

    ids: Sequence[int]
    is_upheld: bool
    reason: str
    sanction: Consequence | None = None
    deletes_messages: bool = False


class ReportService:
    """What users find wrong, and the moderators' queue."""

    def __init__(
        self,
        store: ReportStore,
        *,
        accounts: AccountService,
        messages: MessageService,
        sanctions: SanctionService,
        learning: Learning,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._messages = messages
        self._sanctions = sanctions
        self._learning = learning
        self._completion = completion
        self._clock = clock

    async def report(
        self,
        who: Principal,
        *,
        reason: ReportReason,
        comment: str,
        message_id: int | None = None,
        user_id: int | None = None,
        key: str | None = None,
    ) -> tuple[Report, bool]:
        """Report a message that one can read, or a user; says whether that is new.

        Raises ``NotFound``, ``Invalid``, ``TooManyReports``.
        """
        if (message_id is None) == (user_id is None):
            raise Invalid("message_id", "Either this or user_id is needed, and not both")
        if comment:
            require_reason(comment, field="comment", limit=MAX_COMMENT_CHARACTERS)
        new = await self._new(who, reason, comment, message_id=message_id, user_id=user_id)
        if new.subject == who.user_id:
            raise Invalid("user_id", "Nobody reports themselves")
        body = (reason, comment, message_id, user_id)
        return await self._completion.run(
            self._store.add(new, now=self._clock.now(), key=Key(who.user_id, key, "report", body))
        )

    async def list(self, who: Principal, query: ReportQuery) -> tuple[Sequence[Report], bool]:
        """The queue, the newest first, and whether there is more."""
        _require_may_review(who)
        if not 1 <= query.limit <= MAX_REPORTS_PER_PAGE:
            raise Invalid("limit", f"Must lie between 1 and {MAX_REPORTS_PER_PAGE}")
        found = await self._store.list(msgspec.structs.replace(query, limit=query.limit + 1))
        return found[: query.limit], len(found) > query.limit

    async def decide(self, who: Principal, decision: Decision) -> Sequence[Report]:
        """Close reports; gives those that were open. Of many who try at once, one decides each.

        Upholding sanctions whom they are about, once however many reports: as named, or as the
        ladder says. Raises ``MayNotModerate`` before anything is decided, and ``Unavailable`` where
        it was decided and the database went away before all had followed.
        """
        _require_may_review(who)
        require_reason(decision.reason)
        _require_ids(decision.ids)
        if decision.sanction is not None and not decision.is_upheld:
            raise Invalid("sanction", "Is for reports that are upheld")
        found = await self._store.by_ids(decision.ids)
        for subject in {report.subject for report in found}:
            if decision.is_upheld:
                await self._require_may_punish(who, decision, subject)
        return await self._completion.run(self._decide(who, decision))

    # --- steps -----------------------------------------------------------------------------------

    async def _new(
        self,
        who: Principal,
        reason: ReportReason,
        comment: str,
        *,
        message_id: int | None,
        user_id: int | None,
    ) -> NewReport:
        if message_id is not None:
            message = await self._messages.get_message(who, message_id)
            return NewReport(
                who.user_id,
                message.sender_id,
                reason,
                comment,
                MessageId(message_id),
                message.content,
            )
        user = await self._accounts.get_user(UserId(user_id or 0))
        return NewReport(who.user_id, user.id, reason, comment)

    async def _require_may_punish(
        self, who: Principal, decision: Decision, subject: UserId
    ) -> None:
        require_may_sanction(who)
        if decision.sanction is not None:
            require_sensible(_sanction_of(decision, subject, author=who.user_id))
        await self._sanctions.require_may_act_on(who, Subject(SubjectKind.USER, subject))

    async def _decide(self, who: Principal, decision: Decision) -> Sequence[Report]:
        state = ReportState.UPHELD if decision.is_upheld else ReportState.DISMISSED
        decided = await self._store.decide(
            decision.ids, state, by=who.user_id, decision=decision.reason, now=self._clock.now()
        )
        # Decided is decided: what follows is done as far as it goes, each for itself.
        if decision.is_upheld:
            for subject in sorted({report.subject for report in decided}):
                await self._punish(who, decision, subject)
        for report in decided:
            if decision.is_upheld and decision.deletes_messages and report.message_id is not None:
                await self._delete(who, report.message_id)
            await self._teach(who, report, is_positive=decision.is_upheld)
        log.info("reports_decided", user_id=who.user_id, state=state, count=len(decided))
        return decided

    async def _punish(self, who: Principal, decision: Decision, subject: UserId) -> None:
        try:
            if decision.sanction is None:
                await self._sanctions.record_breach(subject, REPORT_UPHELD, reason=decision.reason)
            else:
                new = _sanction_of(decision, subject, author=who.user_id)
                await self._sanctions.impose(who, new)
        except Unavailable:
            raise  # Who decided must not believe that it was followed.
        except Refusal as refusal:
            log.warning("report_not_followed", subject_id=subject, code=refusal.code)

    async def _delete(self, who: Principal, message_id: MessageId) -> None:
        try:
            await self._messages.delete_message(who, message_id)
        except Unavailable:
            raise  # as above
        except Refusal as refusal:
            log.warning("reported_message_kept", message_id=message_id, code=refusal.code)

    async def _teach(self, who: Principal, report: Report, *, is_positive: bool) -> None:
        topic = report.reason.topic
        if topic is None or not report.content:
            return
        try:
            await self._learning.observe(
                report.content, topic, is_positive=is_positive, taught_by=who.user_id
            )
        except Refusal as refusal:
            log.warning("report_taught_nothing", report_id=report.id, code=refusal.code)


def _sanction_of(decision: Decision, subject: UserId, *, author: UserId) -> NewSanction:
    wanted = decision.sanction or Consequence(SanctionKind.WARNING)
    return NewSanction(
        Subject(SubjectKind.USER, subject),
        wanted.kind,
        decision.reason,
        seconds=wanted.seconds,
        author=author,
        points=wanted.points,
    )


def _require_may_review(who: Principal) -> None:
    if not who.may(Permission.REVIEW_REPORTS):
        raise MayNotModerate("You may not work on reports")


def _require_ids(ids: Sequence[int]) -> None:
    if not 1 <= len(ids) <= MAX_DECIDED_AT_ONCE:
        raise Invalid("ids", f"Must be 1 to {MAX_DECIDED_AT_ONCE}")
    if not all(1 <= number <= MAX_ID for number in ids):
        raise Invalid("ids", f"Must lie between 1 and {MAX_ID}")
