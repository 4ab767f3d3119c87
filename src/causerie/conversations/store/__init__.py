"""The conversations' tables in PostgreSQL."""

from causerie.conversations.store.moves import StoredMoves
from causerie.conversations.store.positions import HowFar, StoredPositions
from causerie.conversations.store.tables import PostgresStore

__all__ = ["HowFar", "PostgresStore", "StoredMoves", "StoredPositions"]
