"""What follows behind the messages."""

from causerie.messages.jobs.indexing import Indexer

__all__ = ["Indexer"]
