"""What follows behind the messages."""

from causerie.messages.jobs.due import DueMessages
from causerie.messages.jobs.indexing import Indexer

__all__ = ["DueMessages", "Indexer"]
