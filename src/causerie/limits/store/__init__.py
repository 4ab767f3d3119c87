"""The tables of limits."""

from causerie.limits.store.guesses import StoredGuesses
from causerie.limits.store.rules import StoredRules

__all__ = ["StoredGuesses", "StoredRules"]
