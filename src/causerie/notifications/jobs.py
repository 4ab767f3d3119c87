"""The kinds of jobs of this slice."""

from __future__ import annotations

from causerie.foundation.jobs import JobKind
from causerie.notifications.model import DIGEST_JOB, DIGEST_RETRIES, PUSH_JOB, PUSH_RETRIES
from causerie.notifications.service import Digests, Pusher

PUSH_SECONDS = 25.0  # The answer's 15, and what is read and stored around it.
DIGEST_SECONDS = 60.0


def push_kind(pusher: Pusher) -> JobKind:
    """Pushes."""
    return JobKind(
        name=PUSH_JOB, handle=pusher.push, timeout_seconds=PUSH_SECONDS, retries=PUSH_RETRIES
    )


def digest_kind(digests: Digests) -> JobKind:
    """Letters, one after the other: a mail server that is slow is not pressed."""
    return JobKind(
        name=DIGEST_JOB,
        handle=digests.write,
        timeout_seconds=DIGEST_SECONDS,
        concurrency=1,
        retries=DIGEST_RETRIES,
    )
