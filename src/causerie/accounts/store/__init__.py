"""The tables of accounts."""

from causerie.accounts.store.keys import SharedSigner, StoredKeys
from causerie.accounts.store.restrictions import StoredRestrictions
from causerie.accounts.store.second_factors import StoredAttempts, StoredSecondFactors
from causerie.accounts.store.sessions import StoredSessions
from causerie.accounts.store.users import StoredUsers

__all__ = [
    "SharedSigner",
    "StoredAttempts",
    "StoredKeys",
    "StoredRestrictions",
    "StoredSecondFactors",
    "StoredSessions",
    "StoredUsers",
]
