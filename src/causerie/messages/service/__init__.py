"""What one can do with messages."""

from causerie.messages.service.access import Access
from causerie.messages.service.around import PinService, ReactionService
from causerie.messages.service.scheduling import DueSender, ScheduleService
from causerie.messages.service.searching import DEFAULT_SEARCH_HITS, SearchService
from causerie.messages.service.service import MessageService
from causerie.messages.service.threads import ReadThreads, ThreadService

__all__ = [
    "DEFAULT_SEARCH_HITS",
    "Access",
    "DueSender",
    "MessageService",
    "PinService",
    "ReactionService",
    "ReadThreads",
    "ScheduleService",
    "SearchService",
    "ThreadService",
]
