"""What people say about themselves: seen by everybody, and so looked at like all speech."""

from __future__ import annotations

import msgspec

from causerie.accounts.events import ProfileChanged
from causerie.accounts.model import (
    Permission,
    User,
    Wanted,
    require_display_name,
    require_status_text,
    require_status_until,
)
from causerie.accounts.ports import ProfileTable, Wording
from causerie.accounts.service.restrictions import Restrictions
from causerie.foundation.clock import Clock, rfc3339
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Forbidden
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal

MAX_ENDED_AT_ONCE = 500  # Statuses that end at noon; the rest a moment later.


class Profiles:
    """Changes one's own display name and status."""

    def __init__(
        self,
        table: ProfileTable,
        restrictions: Restrictions,
        *,
        wording: Wording | None,
        events: Events,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._table = table
        self._restrictions = restrictions
        self._wording = wording
        self._events = events
        self._completion = completion
        self._clock = clock

    async def change(self, who: Principal, wanted: Wanted, *, key: str | None = None) -> User:
        """Change what is asked for; gives the user as it is then.

        Raises ``Invalid``, ``Forbidden``, ``Muted``, ``Conflict``, and what the filter refuses.
        """
        if not who.may(Permission.SEND_MESSAGES):
            raise Forbidden("You may not speak here, nor about yourself")
        self._restrictions.require_may_speak(who.user_id)
        self._require_fit(who, wanted)
        return await self._completion.run(self._change(who, wanted, key))

    def _require_fit(self, who: Principal, wanted: Wanted) -> None:
        texts = []
        if wanted.display_name is not msgspec.UNSET:
            texts.append(require_display_name(wanted.display_name))
        if wanted.status_text is not msgspec.UNSET and wanted.status_text:
            texts.append(require_status_text(wanted.status_text))
        if wanted.status_until is not msgspec.UNSET and wanted.status_until is not None:
            require_status_until(wanted.status_until, now=self._clock.now())
        if self._wording is not None:
            for text in texts:
                self._wording.require_acceptable(who.user_id, text)

    async def _change(self, who: Principal, wanted: Wanted, key: str | None) -> User:
        user, is_new = await self._table.change(who.user_id, wanted, key=key)
        if is_new:
            self._events.announce([ProfileChanged(user.id)])
        return user

    async def end_statuses(self) -> int:
        """End the statuses whose time is over; gives how many."""
        return await self._completion.run(self._end_statuses())

    async def _end_statuses(self) -> int:
        until = rfc3339(self._clock.now())
        ended = await self._table.end_statuses(until, limit=MAX_ENDED_AT_ONCE)
        self._events.announce([ProfileChanged(user_id) for user_id in ended])
        return len(ended)
