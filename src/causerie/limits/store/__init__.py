"""The tables of limits."""

from causerie.limits.store.blocks import StoredBlocks
from causerie.limits.store.guesses import StoredGuesses
from causerie.limits.store.rules import StoredRules

__all__ = ["StoredBlocks", "StoredGuesses", "StoredRules"]
