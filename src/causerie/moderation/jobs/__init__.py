"""What moderation does in the background."""

from causerie.moderation.jobs.filtering import NoteQueue, keep_up

__all__ = ["NoteQueue", "keep_up"]
