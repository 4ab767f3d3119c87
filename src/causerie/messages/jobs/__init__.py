"""What follows behind the messages."""

from causerie.messages.jobs.due import DueMessages
from causerie.messages.jobs.files import FilesFollower
from causerie.messages.jobs.indexing import Indexer

__all__ = ["DueMessages", "FilesFollower", "Indexer"]
