"""Jobs: what is to be done, by whom, how often it is tried, and how it can fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import msgspec

T = TypeVar("T")

# Whoever asks for more is asking for ever: RFC 9110 §10.2.3 knows no bound.
MAX_RETRY_AFTER_SECONDS = 86_400.0
# Between what a handler may take and what a lease gives it: for its last statement to be stored.
LEASE_MARGIN_SECONDS = 15.0


class Later(Exception):  # noqa: N818 - a fact; the queue decides what follows
    """It did not work for now. ``str()`` stands in the log and in the list of what died.

    ``after_seconds`` is what the other side asked for (``Retry-After``). ``is_away``: it is the
    destination that is away or overloaded, and not this job that is unlucky.
    """

    def __init__(
        self, reason: str, *, after_seconds: float | None = None, is_away: bool = True
    ) -> None:
        super().__init__(reason)
        self.after_seconds = after_seconds
        self.is_away = is_away


class Never(Exception):  # noqa: N818 - as above
    """It will never work: not to be tried again."""


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done; ``payload`` is what msgspec can write as JSON, ids rather than content.

    ``destination`` names what the work goes to, where that can be away: it has a circuit breaker.
    Of one ``kind`` and ``key`` one job waits at a time; the payload of the first stays.
    """

    kind: str
    payload: object
    destination: str | None = None
    key: str | None = None
    due_at: datetime | None = None  # None: at once


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One taken from the queue. It may have been done before: at least once is what is promised."""

    id: int
    kind: str
    payload: str
    destination: str | None
    key: str | None
    attempts: int  # this one included
    created_at: datetime

    def read(self, shape: type[T]) -> T:
        """Give the payload as what it was. Raises ``Never`` where it is not."""
        try:
            return msgspec.json.decode(self.payload, type=shape)
        except msgspec.DecodeError as error:  # ValidationError is one
            raise Never(f"its payload is no {shape.__name__}") from error


class Dead(msgspec.Struct, frozen=True, kw_only=True):
    """One that could not be done."""

    id: int
    kind: str
    payload: str
    destination: str | None
    attempts: int
    reason: str
    created_at: datetime
    died_at: datetime


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and how far apart: doubling, with jitter, so that not all come back at once."""

    attempts: int = 8
    first_seconds: float = 5.0
    longest_seconds: float = 3600.0

    def delay(self, attempts: int, asked: float | None, chance: float) -> float:
        """Say for how long to wait after so many attempts; ``chance`` lies in [0, 1).

        Half of the time is fixed, so that a retry never comes at once; what was asked for is the
        least.
        """
        doubled = min(self.first_seconds * 2.0 ** min(attempts - 1, 32), self.longest_seconds)
        own = doubled * (0.5 + chance / 2)
        return own if asked is None else max(own, min(asked, MAX_RETRY_AFTER_SECONDS))


class JobKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of work and who does it.

    ``handle`` returns when it is done; it raises ``Later`` or ``Never``, anything else is a bug and
    tried again like ``Later``. It is cancelled after ``timeout_seconds``. ``bury`` is told of one
    that is given up, with the reason, before it moves to the dead; it may hear twice. With
    ``has_own_list`` it keeps the dead itself, and they do not stand in the queue's list.
    """

    name: str
    handle: Callable[[Job], Awaitable[None]]
    timeout_seconds: float
    concurrency: int = 8
    retries: Retries = Retries()
    bury: Callable[[Job, str], Awaitable[None]] | None = None
    has_own_list: bool = False

    @property
    def lease_seconds(self) -> float:
        """For how long one is nobody else's."""
        return self.timeout_seconds + LEASE_MARGIN_SECONDS
