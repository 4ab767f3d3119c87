"""Builds the limits of this server from its settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

import structlog

from causerie.foundation.clock import Clock
from causerie.foundation.identity import UserId
from causerie.foundation.telemetry import metrics
from causerie.limits.jobs import remove_idle_buckets
from causerie.limits.service import Limiter

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limits:
    """The limiters that others ask, and the loop that assembly gives to the workers."""

    auth_attempts: Limiter[str]  # by the client's IP address, see ``network_of``
    messages: Limiter[UserId]  # by sender
    run: Callable[[], Awaitable[None]]


def build(*, auth_attempts_per_minute: int, max_messages_per_minute: int, clock: Clock) -> Limits:
    """Build the limits; 0 switches one off. All of a minute's allowance may be used at once."""
    auth_attempts = Limiter[str](
        "auth_attempts",
        per_minute=auth_attempts_per_minute,
        clock=clock,
        on_refused=_note,
    )
    messages = Limiter[UserId](
        "messages", per_minute=max_messages_per_minute, clock=clock, on_refused=_note
    )
    return Limits(
        auth_attempts,
        messages,
        lambda: remove_idle_buckets([auth_attempts.remove_idle, messages.remove_idle]),
    )


def _note(limit: str, key: Hashable, is_first: bool) -> None:  # noqa: FBT001 - a callback's
    metrics.RATE_LIMITED.labels(limit).inc()
    if is_first:
        log.info("limit_exceeded", limit=limit, key=str(key))
