"""How often somebody may do something, and how much of it: rules as data, counted in memory."""

from causerie.limits.errors import UnknownLimit
from causerie.limits.events import BlockLifted, BlockPlaced, GuessesExhausted, LimitChanged
from causerie.limits.model import (
    MANAGE_LIMITS,
    SCOPES,
    Action,
    Algorithm,
    Block,
    LimitOptions,
    Offence,
    Rule,
    RuleChange,
    Scope,
    Subject,
    network_of,
)
from causerie.limits.service import (
    ActionLimits,
    BlockService,
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
    "Block",
    "BlockLifted",
    "BlockPlaced",
    "BlockService",
    "Guess",
    "Guesses",
    "GuessesExhausted",
    "LimitChanged",
    "LimitOptions",
    "LimitService",
    "LimitView",
    "Limiter",
    "Offence",
    "Rule",
    "RuleChange",
    "Scope",
    "Subject",
    "TrustBook",
    "UnknownLimit",
    "network_of",
    "too_often",
]
