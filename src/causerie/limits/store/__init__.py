"""The tables of limits."""

from causerie.limits.store.blocks import StoredBlocks
from causerie.limits.store.guesses import StoredGuesses
from causerie.limits.store.rules import StoredRules
from causerie.limits.store.shared import RedisTallies

__all__ = ["RedisTallies", "StoredBlocks", "StoredGuesses", "StoredRules"]
