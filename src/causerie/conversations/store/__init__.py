"""The conversations' tables in PostgreSQL."""

from causerie.conversations.store.tables import PostgresStore

__all__ = ["PostgresStore"]
