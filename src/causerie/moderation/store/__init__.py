"""The tables of moderation."""

from causerie.moderation.store.filtering import PostgresFilterStore
from causerie.moderation.store.reports import PostgresReports
from causerie.moderation.store.reputation import PostgresReputations
from causerie.moderation.store.sanctions import PostgresSanctions

__all__ = [
    "PostgresFilterStore",
    "PostgresReports",
    "PostgresReputations",
    "PostgresSanctions",
]
