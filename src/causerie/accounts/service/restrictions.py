"""Who is muted or banned, remembered in the process for the path of every send and every call."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

import structlog

from causerie.accounts.errors import Banned, Muted
from causerie.accounts.events import UserRestricted
from causerie.accounts.model import FOREVER, Restriction
from causerie.accounts.ports import RestrictionTable
from causerie.foundation.clock import Clock
from causerie.foundation.events import Events
from causerie.foundation.identity import UserId

log = structlog.get_logger()

# Some 300 bytes each: 60 MB. Of those beyond, the oldest are left to the database, which looks at
# every login, every token that is proven anew, and every batch of sends.
MAX_REMEMBERED = 200_000
MAX_CHANGES_AT_ONCE = 1000  # Of one look; what is left is seen a second later.


class Restrictions:
    """Answers at once, and hears of changes made here at their commit, of others within a second."""

    def __init__(
        self,
        table: RestrictionTable,
        events: Events,
        clock: Clock,
        *,
        max_remembered: int = MAX_REMEMBERED,
    ) -> None:
        self._table = table
        self._events = events
        self._clock = clock
        self._max_remembered = max_remembered
        self._known: OrderedDict[UserId, Restriction] = OrderedDict()
        self._looked_upto = 0

    # --- what is asked ---------------------------------------------------------------------------

    def require_may_speak(self, user_id: UserId) -> None:
        """Raise ``Muted`` or ``Banned`` where the user may not write now."""
        known = self._known.get(user_id)
        if known is None:  # as nearly always
            return
        now = self._clock.now()
        require_admitted(known.banned_until, at=now)
        if known.is_muted(now):
            raise Muted(_end_of(known.muted_until))

    def require_admitted(self, user_id: UserId) -> None:
        """Raise ``Banned`` where the user may not come in now."""
        known = self._known.get(user_id)
        if known is not None:
            require_admitted(known.banned_until, at=self._clock.now())

    def is_banned(self, user_id: UserId) -> bool:
        """Say whether the user may not come in now."""
        known = self._known.get(user_id)
        return known is not None and known.is_banned(self._clock.now())

    # --- keeping true ----------------------------------------------------------------------------

    async def load(self) -> None:
        """Read what is in force, before the first caller. Raises ``Unavailable``."""
        # Before the rows: what changes in between is seen twice, and told once.
        self._looked_upto = await self._table.newest_version()
        for restriction in reversed(await self._table.in_force(limit=self._max_remembered)):
            self._remember(restriction)

    def take(self, restriction: Restriction) -> None:
        """Hear of a committed change, and tell all who listen if it is news."""
        known = self._known.get(restriction.user_id)
        if known is not None and known.version >= restriction.version:
            return
        self._remember(restriction)
        self._events.announce([UserRestricted(restriction)])

    async def look_again(self) -> None:
        """See what other processes have changed. Raises ``Unavailable``."""
        for restriction in await self._table.changed_since(
            self._looked_upto, limit=MAX_CHANGES_AT_ONCE
        ):
            self._looked_upto = restriction.version
            self.take(restriction)

    async def keep_up(self) -> int:
        """Remove what ended some time ago; gives how many rows went. Raises ``Unavailable``."""
        removed = await self._table.remove_ended()
        if removed:
            now = self._clock.now()
            # What was lifted a moment ago stays: it is what tells an older change to be one. So
            # nothing is forgotten here that the next look could bring again.
            for user_id, known in list(self._known.items()):
                is_over = not (known.is_banned(now) or known.is_muted(now))
                if is_over and known.version <= self._looked_upto:
                    del self._known[user_id]
        return removed

    def _remember(self, restriction: Restriction) -> None:
        self._known[restriction.user_id] = restriction
        self._known.move_to_end(restriction.user_id)
        while len(self._known) > self._max_remembered:
            self._known.popitem(last=False)


def require_admitted(banned_until: datetime | None, *, at: datetime) -> None:
    """Raise ``Banned`` where the ban has not ended."""
    if banned_until is not None and banned_until > at:
        raise Banned(_end_of(banned_until))


def _end_of(until: datetime | None) -> datetime | None:
    return None if until == FOREVER else until
