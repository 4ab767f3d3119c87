"""What moderation does in the background."""

from causerie.moderation.jobs.conduct import RefusalCounter, keep_reputations
from causerie.moderation.jobs.filtering import NoteQueue, keep_up
from causerie.moderation.jobs.reports import following_kind

__all__ = ["NoteQueue", "RefusalCounter", "following_kind", "keep_reputations", "keep_up"]
