"""The tables of messages, and the writer that commits sends in groups."""

from causerie.messages.store.around import PostgresAround
from causerie.messages.store.moves import StoredMoves
from causerie.messages.store.scheduled import PostgresSchedule
from causerie.messages.store.search import PostgresSearch, PostgresSearchIndex
from causerie.messages.store.tables import PostgresMessages
from causerie.messages.store.tallies import PostgresRoots, PostgresTallies
from causerie.messages.store.threads import PostgresThreads
from causerie.messages.store.traced import open_writer
from causerie.messages.store.writer import GroupCommitWriter

__all__ = [
    "GroupCommitWriter",
    "PostgresAround",
    "PostgresMessages",
    "PostgresRoots",
    "PostgresSchedule",
    "PostgresSearch",
    "PostgresSearchIndex",
    "PostgresTallies",
    "PostgresThreads",
    "StoredMoves",
    "open_writer",
]
