"""Redis or Valkey, which several nodes share: what makes things fast and tells nodes to look.

PostgreSQL is the truth: whatever stands in Redis can be made anew, and every caller goes on where a
call raises ``CacheAway``. A node by itself has no ``Cache``.
"""

from causerie.foundation.cache.address import FORMS, Address, parse_address
from causerie.foundation.cache.cache import Cache, PoolSizes
from causerie.foundation.cache.errors import AwayReason, CacheAway, CacheRefused
from causerie.foundation.cache.figures import watch_figures
from causerie.foundation.cache.pool import Pool
from causerie.foundation.cache.script import Script
from causerie.foundation.cache.subscriber import Subscriber
from causerie.foundation.cache.words import COMMAND_TIMEOUT_SECONDS, Command, Reply, Word

__all__ = [
    "COMMAND_TIMEOUT_SECONDS",
    "FORMS",
    "Address",
    "AwayReason",
    "Cache",
    "CacheAway",
    "CacheRefused",
    "Command",
    "Pool",
    "PoolSizes",
    "Reply",
    "Script",
    "Subscriber",
    "Word",
    "parse_address",
    "watch_figures",
]
