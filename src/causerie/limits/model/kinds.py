"""The catalogue of limits: what is counted, for whom, and what is allowed where nobody changed it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from causerie.foundation.errors import Invalid
from causerie.foundation.identity import Trust
from causerie.limits.model.algorithms import Plan

SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3600
MAX_AMOUNT = 1_000_000_000  # A thousand million a day is no limit any more; 0 says so.
MAX_PERIOD_SECONDS = 24 * SECONDS_PER_HOUR  # A window is kept in memory for so long.
MAX_FACTOR = 1000.0

MANAGE_LIMITS = "limits.manage"  # The permission; accounts' catalogue has it by the same name.

DEFAULT_FACTORS: Mapping[Trust, float] = MappingProxyType(
    {Trust.SUSPECT: 0.5, Trust.NORMAL: 1.0, Trust.VERIFIED: 2.0, Trust.PREMIUM: 4.0}
)
# An address or a key has no trust of its own.
NO_FACTORS: Mapping[Trust, float] = MappingProxyType(dict.fromkeys(Trust, 1.0))


class Scope(StrEnum):
    """Who is counted."""

    USER = "user"
    ADDRESS = "address"  # an IPv6 one as its network of 64 bits, see ``network_of``
    API_KEY = "api_key"
    ROOM = "room"


class Algorithm(StrEnum):
    """How it is counted."""

    TOKEN_BUCKET = "token_bucket"  # noqa: S105 - GCRA: so many in the long run, a burst at once
    SLIDING_WINDOW = "sliding_window"  # never more than so many in any period


class Action(StrEnum):
    """Everything that is counted."""

    MESSAGES = "messages"
    EDITS = "edits"  # and deletions
    REACTIONS = "reactions"
    MEDIA = "media"  # uploads
    ROOMS = "rooms"  # created
    DIRECTS = "directs"  # direct chats opened
    INVITES = "invites"  # people put into a room, each one counted
    JOINS = "joins"  # and leaving
    HISTORY = "history"  # pages read
    SEARCHES = "searches"
    SIGNALS = "signals"  # typing, and what one chooses to be
    REPORTS = "reports"
    ROOM_CALLS = "room_calls"  # messages that call all of a room: @room and @here
    API = "api"  # HTTP requests with a user's token: the tier "default"
    ANONYMOUS = "anonymous"  # HTTP requests without one: the tier "default" too
    API_KEYS = "api_keys"  # HTTP requests with an API key: the tier "default" too
    WEBHOOKS = "webhooks"  # calls of the tier "webhook"
    AUTH_ATTEMPTS = "auth_attempts"  # calls of the tier "auth"
    FAILED_PROOFS = "failed_proofs"  # tokens that proved nothing
    CONNECTIONS = "connections"  # sockets asked for


SCOPES: Mapping[Action, Scope] = MappingProxyType(
    {
        **dict.fromkeys(Action, Scope.USER),
        Action.ANONYMOUS: Scope.ADDRESS,
        Action.WEBHOOKS: Scope.ADDRESS,
        Action.AUTH_ATTEMPTS: Scope.ADDRESS,
        Action.FAILED_PROOFS: Scope.ADDRESS,
        Action.CONNECTIONS: Scope.ADDRESS,
        Action.API_KEYS: Scope.API_KEY,
        Action.ROOM_CALLS: Scope.ROOM,
    }
)


# What guards a door; the rest tightens under load.
GUARDS = frozenset({Action.AUTH_ATTEMPTS, Action.FAILED_PROOFS, Action.CONNECTIONS})


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What a limit allows: ``amount`` a period (0: all), ``burst`` of it at once.

    ``factors`` multiply both for a user of that trust. ``burst`` means nothing to a sliding window.
    """

    amount: int
    period_seconds: int = SECONDS_PER_MINUTE
    burst: int
    algorithm: Algorithm = Algorithm.TOKEN_BUCKET
    factors: Mapping[Trust, float] = DEFAULT_FACTORS

    @classmethod
    def a_minute(cls, amount: int, *, burst: int | None = None) -> Rule:
        """So many a minute, all of them at once unless a smaller burst is given."""
        return cls(amount=amount, burst=amount if burst is None else burst)

    @classmethod
    def an_hour(cls, amount: int) -> Rule:
        """Never more than so many in any hour."""
        return cls(
            amount=amount,
            period_seconds=SECONDS_PER_HOUR,
            burst=amount,
            algorithm=Algorithm.SLIDING_WINDOW,
        )

    def plan(self, trust: Trust, tightness: float = 1.0) -> Plan | None:
        """What a user of this trust may do; None: all. ``tightness`` under 1 allows less."""
        if self.amount <= 0:
            return None
        factor = self.factors.get(trust, 1.0) * tightness
        return Plan(
            quota=max(1, round(self.amount * factor)),
            period_seconds=self.period_seconds,
            burst=max(1, round(self.burst * factor)),
        )


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is other than the default, or shall be; None: as by default (or, in a change, as is)."""

    amount: int | None = None
    period_seconds: int | None = None
    burst: int | None = None
    algorithm: Algorithm | None = None
    factors: Mapping[Trust, float] | None = None

    def over(self, rule: Rule) -> Rule:
        """Give the rule with this change."""
        amount = rule.amount if self.amount is None else self.amount
        # Who changes the amount alone means all of it at once where that was the rule before.
        burst = amount if rule.burst == rule.amount else rule.burst
        return Rule(
            amount=amount,
            period_seconds=self.period_seconds or rule.period_seconds,
            burst=self.burst or burst,
            algorithm=self.algorithm or rule.algorithm,
            factors={**rule.factors, **(self.factors or {})},
        )

    def after(self, earlier: RuleChange) -> RuleChange:
        """Give what both come to, this one being the later."""
        factors = {**(earlier.factors or {}), **(self.factors or {})}
        return RuleChange(
            amount=earlier.amount if self.amount is None else self.amount,
            period_seconds=self.period_seconds or earlier.period_seconds,
            burst=self.burst or earlier.burst,
            algorithm=self.algorithm or earlier.algorithm,
            factors=factors or None,
        )


def require_change(change: RuleChange) -> None:
    """Check a change. Raises ``Invalid``."""
    _require("amount", change.amount, 0, MAX_AMOUNT)
    _require("period_seconds", change.period_seconds, 1, MAX_PERIOD_SECONDS)
    _require("burst", change.burst, 1, MAX_AMOUNT)
    for trust, factor in (change.factors or {}).items():
        # Written so that a NaN is refused too.
        if not 0 < factor <= MAX_FACTOR:
            raise Invalid(f"factors.{trust}", f"Must be over 0 and at most {MAX_FACTOR:.0f}")


def _require(field: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        raise Invalid(field, f"Must lie between {least} and {most}")


class LimitOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that the defaults are made of; 0 switches off what is made of it."""

    messages_per_minute: int = 60
    auth_attempts_per_minute: int = 10
    connections_per_address: int = 100
    is_adaptive: bool = True


def default_rules(options: LimitOptions) -> Mapping[Action, Rule]:
    """Give the rule of every action.

    ``messages_per_minute`` is the measure of all that one does: who allows ten times the messages
    gets ten times the rest, and who switches it off (a closed server, a load test) all of it. Every
    one can be changed alone at run time.
    """
    pace = options.messages_per_minute / 60

    def paced(amount: int) -> int:
        return max(1, round(amount * pace)) if pace else 0

    def of_address(amount: int) -> Rule:
        return Rule(amount=amount, burst=amount, factors=NO_FACTORS)

    return {
        Action.MESSAGES: Rule.a_minute(options.messages_per_minute),
        Action.EDITS: Rule.a_minute(paced(60)),
        Action.REACTIONS: Rule.a_minute(paced(120), burst=paced(60)),
        Action.MEDIA: Rule.a_minute(paced(30)),
        Action.ROOMS: Rule.an_hour(paced(100)),
        Action.DIRECTS: Rule.an_hour(paced(100)),
        Action.INVITES: Rule.an_hour(paced(500)),
        Action.JOINS: Rule.a_minute(paced(120)),
        Action.HISTORY: Rule.a_minute(paced(300)),
        Action.SEARCHES: Rule.a_minute(paced(60)),
        Action.SIGNALS: Rule.a_minute(paced(240)),
        Action.REPORTS: Rule.an_hour(paced(30)),
        # Of a room, whoever calls: each rings at all who are in it.
        Action.ROOM_CALLS: Rule(amount=paced(6), burst=paced(3), factors=NO_FACTORS),
        Action.API: Rule.a_minute(paced(1200)),
        Action.ANONYMOUS: of_address(paced(600)),
        Action.API_KEYS: of_address(paced(1200)),
        Action.WEBHOOKS: of_address(paced(600)),
        Action.AUTH_ATTEMPTS: of_address(options.auth_attempts_per_minute),
        Action.FAILED_PROOFS: of_address(30 * options.auth_attempts_per_minute),
        Action.CONNECTIONS: of_address(6 * options.connections_per_address),
    }
