"""How often somebody may do something, and how much of it: rules as data, counted in memory."""

from causerie.limits.errors import UnknownLimit
from causerie.limits.events import GuessesExhausted, LimitChanged
from causerie.limits.model import (
    MANAGE_LIMITS,
    SCOPES,
    Action,
    Algorithm,
    LimitOptions,
    Rule,
    RuleChange,
    Scope,
    network_of,
)
from causerie.limits.service import (
    ActionLimits,
    Guess,
    Guesses,
    Limiter,
    LimitService,
    LimitView,
    TrustBook,
    too_often,
)

__all__ = [
    "MANAGE_LIMITS",
    "SCOPES",
    "Action",
    "ActionLimits",
    "Algorithm",
    "Guess",
    "Guesses",
    "GuessesExhausted",
    "LimitChanged",
    "LimitOptions",
    "LimitService",
    "LimitView",
    "Limiter",
    "Rule",
    "RuleChange",
    "Scope",
    "TrustBook",
    "UnknownLimit",
    "network_of",
    "too_often",
]
