"""Watches what callers do, after it is done, and reports offences to the blocks."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from causerie.foundation.clock import Clock
from causerie.foundation.identity import ConversationId, UserId
from causerie.limits.model import (
    BLOCKABLE,
    OFFENCE_SCORE,
    SCOPES,
    SECONDS_PER_MINUTE,
    Action,
    Conduct,
    Finding,
    Offence,
    Scope,
    Subject,
    Thresholds,
    explain,
    score_of,
)
from causerie.limits.service.blocks import BlockBook
from causerie.limits.service.limiter import Limiter

MAX_WATCHED = 10_000  # Callers of the last ten minutes; 1 KB each, 5 KB at worst.
FORGET_SECONDS = 600.0  # The longest window of a rule.


class Behaviour:
    """The conduct of those who act now. Nobody is watched where the limit on messages is off."""

    def __init__(
        self,
        offend: Callable[[Offence], None],
        blocked: BlockBook,
        *,
        messages: Callable[[], Limiter[UserId]],
        clock: Clock,
    ) -> None:
        self._offend = offend
        self._blocked = blocked
        self._messages = messages
        self._monotonic = clock.monotonic
        self._conducts: dict[Subject, Conduct] = {}

    def note_message(
        self,
        user_id: UserId,
        conversation_id: ConversationId,
        text: str,
        *,
        is_direct: bool,
        is_first: bool,
    ) -> None:
        """Look at a message that was stored, or has another text; ``is_first`` of its conversation."""
        if not self._is_on():
            return
        subject = Subject(Scope.USER, str(user_id))
        conduct = self._conduct(subject)
        conduct.note_message(
            self._monotonic(),
            place=conversation_id,
            text=text,
            is_direct=is_direct,
            is_first=is_first,
        )
        self._judge(subject, conduct)

    def note_refusal(self, action: Action, key: Hashable) -> None:
        """Look at what a limit refused. Who is blocked and still tries does not make it worse."""
        if action not in BLOCKABLE or not self._is_on() or self._blocked.is_blocked(key):
            return
        subject = Subject(SCOPES[action], str(key))
        conduct = self._conduct(subject)
        conduct.note_refusal(self._monotonic())
        self._judge(subject, conduct)

    def findings(self, subject: Subject) -> list[Finding]:
        """What the rules see of somebody now."""
        conduct = self._conducts.get(subject, Conduct())
        return conduct.findings(self._monotonic(), self._thresholds())

    def remove_idle(self) -> int:
        """Forget whoever did nothing for as long as the rules look back; gives how many."""
        before = self._monotonic() - FORGET_SECONDS
        idle = [subject for subject, c in self._conducts.items() if c.last_at < before]
        for subject in idle:
            del self._conducts[subject]
        return len(idle)

    def _judge(self, subject: Subject, conduct: Conduct) -> None:
        if not conduct.may_offend():
            return
        findings = conduct.findings(self._monotonic(), self._thresholds())
        score = score_of(findings)
        if score < OFFENCE_SCORE:
            return
        worst = max(findings, key=lambda finding: finding.score)
        # What was punished once does not count towards the next.
        del self._conducts[subject]
        self._offend(Offence(subject, worst.rule, score, explain(findings)))

    def _conduct(self, subject: Subject) -> Conduct:
        conduct = self._conducts.get(subject)
        if conduct is None:
            if len(self._conducts) >= MAX_WATCHED:
                del self._conducts[next(iter(self._conducts))]
            conduct = self._conducts[subject] = Conduct()
        return conduct

    def _is_on(self) -> bool:
        return self._messages().rule.amount > 0

    def _thresholds(self) -> Thresholds:
        rule = self._messages().rule
        return Thresholds.of(rule.amount * SECONDS_PER_MINUTE / rule.period_seconds)
