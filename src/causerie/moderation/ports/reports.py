"""Where reports are kept, and what they are about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from causerie.foundation.identity import UserId
from causerie.moderation.model.following import Order
from causerie.moderation.model.reports import NewReport, Report, ReportReason, ReportState
from causerie.moderation.ports.sanctions import Key


class ReportQuery(msgspec.Struct, frozen=True):
    """Which reports, the newest first: those that fit all that is not None, ids below ``before``."""

    limit: int
    before: int | None = None
    state: ReportState | None = None
    reason: ReportReason | None = None
    subject: UserId | None = None


class ReportStore(Protocol):
    """The table. Every method may raise ``Unavailable``."""

    async def add(self, new: NewReport, *, now: datetime, key: Key) -> tuple[Report, bool]:
        """Keep a report, and say whether it is new. Raises ``TooManyReports``, ``Conflict``."""
        ...

    async def list(self, query: ReportQuery) -> Sequence[Report]:
        """Those that the query is after."""
        ...

    async def by_ids(self, ids: Sequence[int]) -> Sequence[Report]:
        """Those of the reports that exist."""
        ...

    async def decide(
        self,
        ids: Sequence[int],
        state: ReportState,
        *,
        by: UserId,
        decision: str,
        now: datetime,
        orders: Callable[[Sequence[Report]], Sequence[Order]],
        key: Key | None,
    ) -> Sequence[Report]:
        """Close those that are open; gives them, to a replay too. Of many at once, one gets each.

        What ``orders`` says of them lies in the queue of jobs with the same commit. Raises
        ``Conflict`` of the key.
        """
        ...


class ReportNotices(Protocol):
    """Tells who reported."""

    async def tell(self, report: Report) -> None:
        """Tell who made a report what was decided, once. Raises ``Unavailable``."""
        ...
