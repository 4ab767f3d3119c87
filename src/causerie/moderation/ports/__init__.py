"""What moderation needs from others."""

from causerie.moderation.ports.filtering import FilterStore, Note, Record, Records, RoomFilter
from causerie.moderation.ports.reports import ReportNotices, ReportQuery, ReportStore
from causerie.moderation.ports.reputation import ReputationStore, Standing
from causerie.moderation.ports.sanctions import Key, SanctionQuery, SanctionStore, Written

__all__ = [
    "FilterStore",
    "Key",
    "Note",
    "Record",
    "Records",
    "ReportNotices",
    "ReportQuery",
    "ReportStore",
    "ReputationStore",
    "RoomFilter",
    "SanctionQuery",
    "SanctionStore",
    "Standing",
    "Written",
]
