"""What lasts of presence in PostgreSQL, and what does not in memory."""

from causerie.presence.store.memory import MemoryWhereabouts
from causerie.presence.store.shared import LastingWhereabouts, SharedWhereabouts
from causerie.presence.store.tables import PostgresRecords

__all__ = ["LastingWhereabouts", "MemoryWhereabouts", "PostgresRecords", "SharedWhereabouts"]
