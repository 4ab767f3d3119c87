"""The tables of limits."""

from causerie.limits.store.rules import StoredRules

__all__ = ["StoredRules"]
