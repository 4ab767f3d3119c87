"""The watch: counts what is refused and where sessions come from, and answers by itself."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from causerie.audit.model import (
    IMPOSSIBLE_SPEED,
    LOGIN_FAILURES,
    PROBING,
    TOKEN_FORGED,
    Answer,
    Counter,
    Rule,
    site_of,
)
from causerie.audit.service.alarms import SecurityEvents
from causerie.foundation.clock import Clock
from causerie.foundation.identity import Principal, UserId

# By rule, the latest ones; some 500 bytes each. Who comes from so many addresses is seen by none.
MAX_KEYS = 20_000
SUSPICIOUS_STATUSES = frozenset({401, 403, 404, 405})

# Shuts an address out: the address, the rule's name, how many it counted, and why, in words.
Block = Callable[[str, str, float, str], None]


class Watch:
    """Rules over what the doors see. Each call costs about a microsecond and never waits."""

    def __init__(self, events: SecurityEvents, clock: Clock, *, max_keys: int = MAX_KEYS) -> None:
        self._events = events
        self._clock = clock
        self._max_keys = max_keys
        self._block: Block | None = None
        self._counters: dict[Rule, OrderedDict[str, Counter]] = {}
        self._sites: OrderedDict[str, str] = OrderedDict()  # of sessions, where they were last

    def answer_with(self, block: Block) -> None:
        """Have addresses blocked from now on; without it they are only told of."""
        self._block = block

    def login_failed(self, address: str) -> None:
        """Count a wrong password, code or name."""
        self._count(LOGIN_FAILURES, address, "", address=address)

    def token_forged(self, address: str) -> None:
        """Count a token with a wrong signature."""
        self._count(TOKEN_FORGED, address, "", address=address)

    def refused(self, address: str, status: int) -> None:
        """Count an answer; most are no matter."""
        if status in SUSPICIOUS_STATUSES:
            self._count(PROBING, address, "", address=address)

    def seen(self, principal: Principal, address: str) -> None:
        """See a session at work: quick where it is where it was."""
        session = principal.session
        if not session or self._sites.get(session) == address:
            return
        self._sites[session] = address
        self._sites.move_to_end(session)
        if len(self._sites) > self._max_keys:
            self._sites.popitem(last=False)
        self._count(
            IMPOSSIBLE_SPEED, session, site_of(address), address=address, user_id=principal.user_id
        )

    def remove_idle(self) -> int:
        """Forget what no longer matters; gives how many."""
        now = self._clock.monotonic()
        removed = 0
        for rule, counters in self._counters.items():
            idle = [key for key, counter in counters.items() if counter.is_idle(rule, now)]
            for key in idle:
                del counters[key]
            removed += len(idle)
        return removed

    def _count(
        self, rule: Rule, key: str, value: str, *, address: str, user_id: UserId | None = None
    ) -> None:
        if not key:
            return
        counters = self._counters.setdefault(rule, OrderedDict())
        counter = counters.get(key)
        if counter is None:
            counter = counters[key] = Counter()
            if len(counters) > self._max_keys:
                counters.popitem(last=False)
        severity = counter.count(rule, value, self._clock.monotonic())
        if severity is None:
            return
        self._events.raise_(
            rule.kind,
            severity=severity,
            user_id=user_id,
            address=address,
            details={
                "count": rule.most,
                "seconds": rule.seconds,
                "answer": rule.answer.value,
                "why": rule.why,
            },
        )
        if rule.answer is Answer.BLOCK and self._block is not None:
            self._block(address, rule.kind.value, float(rule.most), rule.why)
