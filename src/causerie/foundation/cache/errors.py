"""What goes wrong with Redis: it is away for now, or it refuses us for good."""

from __future__ import annotations

from enum import StrEnum


class AwayReason(StrEnum):
    """Why Redis cannot be used; shown in ``/health`` and counted in metrics."""

    UNREACHABLE = "unreachable"  # no connection, or one that broke
    SILENT = "silent"  # no answer within ``COMMAND_TIMEOUT_SECONDS``
    REFUSED = "refused"  # user, password or rights do not hold (any more)
    UNTRUSTED = "untrusted"  # its certificate does not hold
    READ_ONLY = "read_only"  # a replica: before a failover is known, or by a wrong address
    FULL = "full"  # out of the memory that it may use, or of its disk
    LOADING = "loading"  # started, and reading its data
    BUSY = "busy"  # all connections of the pool were taken for too long; it may be well


class CacheAway(Exception):  # noqa: N818 - a fact, named as such
    """Redis cannot be used now. Whoever gets this goes on without: PostgreSQL is the truth.

    A command that was under way may have been carried out, or not.
    """

    def __init__(self, reason: AwayReason) -> None:
        super().__init__(f"Redis is away: {reason.value}")
        self.reason = reason


class CacheRefused(Exception):  # noqa: N818 - as above
    """Redis is there and does not take us: a matter for the operator. ``str()`` is what to read."""
