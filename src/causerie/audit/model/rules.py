"""What looks like an attack: rules that count, each with its bound, its window and its answer."""

from __future__ import annotations

import ipaddress
from collections import deque
from enum import StrEnum
from typing import Final

import msgspec

from causerie.audit.model.events import Kind, Severity

IPV4_SITE_PREFIX: Final = 16  # A provider's region; a phone that changes cells stays in it.
IPV6_SITE_PREFIX: Final = 32  # What a provider is given.


class Answer(StrEnum):
    """What follows by itself; every answer is told of as well (log, metric, table)."""

    NOTIFY = "notify"
    BLOCK = "block"  # the address, for as long as the ladder of blocks says


class Rule(msgspec.Struct, frozen=True):
    """So many within so many seconds, by one address or session. ``distinct``: of other values."""

    kind: Kind
    most: int
    seconds: float
    answer: Answer
    distinct: bool = False
    why: str = ""


# A person who has forgotten which password it was tries five or six.
LOGIN_FAILURES: Final = Rule(
    Kind.LOGIN_FAILURES, 20, 300.0, Answer.BLOCK, why="failed logins from one address"
)
# An application that lost its session is answered 401 some ten times before it asks its user.
PROBING: Final = Rule(
    Kind.PROBING, 60, 60.0, Answer.BLOCK, why="requests for what is not there or not allowed"
)
# Home, mobile and an office within a minute: once. Three of them is a token that others have too.
IMPOSSIBLE_SPEED: Final = Rule(
    Kind.IMPOSSIBLE_SPEED,
    3,
    60.0,
    Answer.NOTIFY,
    distinct=True,
    why="one session used from so many distant networks",
)
# Whoever changes the shared secret makes all clients of before look so: told of, not shut out.
TOKEN_FORGED: Final = Rule(
    Kind.TOKEN_FORGED, 3, 300.0, Answer.NOTIFY, why="tokens that nobody we know has signed"
)
RULES: Final = (LOGIN_FAILURES, PROBING, IMPOSSIBLE_SPEED, TOKEN_FORGED)

# An event that comes again this often within an hour, for the same address or session, is critical.
ESCALATE_AFTER: Final = 3
ESCALATE_SECONDS: Final = 3600.0


class Counter:
    """What one key did lately, under one rule. Values count once where the rule says so."""

    __slots__ = ("_seen", "_told")

    def __init__(self) -> None:
        self._seen: deque[tuple[float, str]] = deque()
        self._told: deque[float] = deque(maxlen=ESCALATE_AFTER)

    def count(self, rule: Rule, value: str, now: float) -> Severity | None:
        """Count one; the severity of what is to be told, or None. Having told, it begins anew."""
        seen = self._seen
        while seen and seen[0][0] <= now - rule.seconds:
            seen.popleft()
        if rule.distinct and any(value == other for _, other in seen):
            return None
        seen.append((now, value))
        if len(seen) < rule.most:
            return None
        seen.clear()
        self._told.append(now)
        is_old_hand = len(self._told) == ESCALATE_AFTER and self._told[0] > now - ESCALATE_SECONDS
        return Severity.CRITICAL if is_old_hand else Severity.WARNING

    def is_idle(self, rule: Rule, now: float) -> bool:
        """Say whether nothing of it matters any more."""
        newest = self._seen[-1][0] if self._seen else 0.0
        told = self._told[-1] if self._told else -ESCALATE_SECONDS
        return newest <= now - rule.seconds and told <= now - ESCALATE_SECONDS


def site_of(address: str) -> str:
    """Give the wide network of an address: what cannot be left and come back to in a minute."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    prefix = IPV4_SITE_PREFIX if parsed.version == 4 else IPV6_SITE_PREFIX
    return str(ipaddress.ip_network((parsed, prefix), strict=False))
