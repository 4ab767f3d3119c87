"""What moderation does in the background."""

from causerie.moderation.jobs.conduct import RefusalCounter, keep_reputations
from causerie.moderation.jobs.filtering import NoteQueue, keep_up

__all__ = ["NoteQueue", "RefusalCounter", "keep_reputations", "keep_up"]
