"""What is counted and how: kinds, rules, algorithms, addresses."""

from causerie.limits.model.addresses import network_of
from causerie.limits.model.algorithms import Plan, SlidingWindows, Standing, TokenBuckets
from causerie.limits.model.guesses import (
    GUESS_WINDOW,
    KNOWN_FOR,
    MAX_KNOWN_GUESSES,
    MAX_KNOWN_PLACES,
    MAX_STRANGERS_GUESSES,
    Aim,
    aim_at,
)
from causerie.limits.model.kinds import (
    MANAGE_LIMITS,
    SCOPES,
    Action,
    Algorithm,
    LimitOptions,
    Rule,
    RuleChange,
    Scope,
    default_rules,
    require_change,
)

__all__ = [
    "GUESS_WINDOW",
    "KNOWN_FOR",
    "MANAGE_LIMITS",
    "MAX_KNOWN_GUESSES",
    "MAX_KNOWN_PLACES",
    "MAX_STRANGERS_GUESSES",
    "SCOPES",
    "Action",
    "Aim",
    "Algorithm",
    "LimitOptions",
    "Plan",
    "Rule",
    "RuleChange",
    "Scope",
    "SlidingWindows",
    "Standing",
    "TokenBuckets",
    "aim_at",
    "default_rules",
    "network_of",
    "require_change",
]
