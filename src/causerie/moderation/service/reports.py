"""Reports: users make them, moderators decide; what follows is done by ``Following``."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog

from causerie.accounts import AccountService, Permission
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import CALLER, MAX_ID, MessageId, Principal, UserId
from causerie.foundation.paging import require_limit
from causerie.messages import MessageService
from causerie.moderation.errors import MayNotModerate
from causerie.moderation.model.following import (
    Consequence,
    Decision,
    Order,
    decider_of,
    deeds_of,
)
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
from causerie.moderation.service.sanctions import SanctionService, require_may_sanction

log = structlog.get_logger()

MAX_REPORTS_PER_PAGE = 100  # With what the messages said, some 500 KB at most.


class ReportService:
    """What users find wrong, and the moderators' queue."""

    def __init__(
        self,
        store: ReportStore,
        *,
        accounts: AccountService,
        messages: MessageService,
        sanctions: SanctionService,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._messages = messages
        self._sanctions = sanctions
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
        require_may_review(who)
        require_limit(query.limit, MAX_REPORTS_PER_PAGE)
        found = await self._store.list(msgspec.structs.replace(query, limit=query.limit + 1))
        return found[: query.limit], len(found) > query.limit

    async def decide(
        self, who: Principal, decision: Decision, *, key: str | None = None
    ) -> Sequence[Report]:
        """Close reports; gives those that were open. Of many who try at once, one decides each.

        Upholding sanctions whom they are about, once however many reports: as named, or as the
        ladder says. That, deleting, learning and telling who reported are jobs of the deciding
        transaction (``Following``): they follow within moments, whatever happens to this process.
        Raises ``MayNotModerate`` before anything is decided, and ``Conflict`` of the key.
        """
        require_may_review(who)
        require_reason(decision.reason)
        _require_ids(decision.ids)
        if decision.sanction is not None and not decision.is_upheld:
            raise Invalid("sanction", "Is for reports that are upheld")
        found = await self._store.by_ids(decision.ids)
        for subject in {report.subject for report in found}:
            if decision.is_upheld:
                await self._require_may_punish(who, decision, subject)
        return await self._completion.run(self._decide(who, decision, key))

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

    async def _decide(
        self, who: Principal, decision: Decision, key: str | None
    ) -> Sequence[Report]:
        state = ReportState.UPHELD if decision.is_upheld else ReportState.DISMISSED
        decider = decider_of(who, address=CALLER.get().address)

        def orders(decided: Sequence[Report]) -> Sequence[Order]:
            return [Order(deed, decider) for deed in deeds_of(decision, decided)]

        decided = await self._store.decide(
            decision.ids,
            state,
            by=who.user_id,
            decision=decision.reason,
            now=self._clock.now(),
            orders=orders,
            key=Key(who.user_id, key, "decide_reports", (decision,)),
        )
        log.info("reports_decided", user_id=who.user_id, state=state, count=len(decided))
        return decided


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


def require_may_review(who: Principal) -> None:
    """Raise ``MayNotModerate`` where the role does not allow it."""
    if not who.may(Permission.REVIEW_REPORTS):
        raise MayNotModerate("You may not work on reports")


def _require_ids(ids: Sequence[int]) -> None:
    if not 1 <= len(ids) <= MAX_DECIDED_AT_ONCE:
        raise Invalid("ids", f"Must be 1 to {MAX_DECIDED_AT_ONCE}")
    if not all(1 <= number <= MAX_ID for number in ids):
        raise Invalid("ids", f"Must lie between 1 and {MAX_ID}")
