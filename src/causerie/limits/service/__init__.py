"""What one can do with limits: count, look at them, and change them at run time."""

from causerie.limits.service.actions import ActionLimits
from causerie.limits.service.admission import CountedRequests
from causerie.limits.service.behaviour import Behaviour
from causerie.limits.service.blocks import BlockBook, BlockService
from causerie.limits.service.book import LimitBook, LimitService, LimitView
from causerie.limits.service.guesses import Guess, Guesses
from causerie.limits.service.limiter import Limiter, too_often
from causerie.limits.service.load import Tightening
from causerie.limits.service.trust import MAX_KNOWN_USERS, TrustBook

__all__ = [
    "MAX_KNOWN_USERS",
    "ActionLimits",
    "Behaviour",
    "BlockBook",
    "BlockService",
    "CountedRequests",
    "Guess",
    "Guesses",
    "LimitBook",
    "LimitService",
    "LimitView",
    "Limiter",
    "Tightening",
    "TrustBook",
    "too_often",
]
