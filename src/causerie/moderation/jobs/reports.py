"""The kind of job that follows from decisions about reports."""

from __future__ import annotations

from causerie.foundation.jobs import JobKind
from causerie.moderation.model.following import FOLLOWING_JOB, FOLLOWING_RETRIES
from causerie.moderation.service import Following

FOLLOWING_SECONDS = 30.0  # Some statements; a hundred times what they take.


def following_kind(following: Following) -> JobKind:
    """What is done about decided reports."""
    return JobKind(
        name=FOLLOWING_JOB,
        handle=following.follow,
        timeout_seconds=FOLLOWING_SECONDS,
        concurrency=4,
        retries=FOLLOWING_RETRIES,
    )
