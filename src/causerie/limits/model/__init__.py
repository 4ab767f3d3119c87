"""What is counted and how: kinds, rules, algorithms, addresses."""

from causerie.limits.model.addresses import network_of
from causerie.limits.model.algorithms import Plan, SlidingWindows, Standing, TokenBuckets
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
    "MANAGE_LIMITS",
    "SCOPES",
    "Action",
    "Algorithm",
    "LimitOptions",
    "Plan",
    "Rule",
    "RuleChange",
    "Scope",
    "SlidingWindows",
    "Standing",
    "TokenBuckets",
    "default_rules",
    "network_of",
    "require_change",
]
