"""Sees what other processes took back, and has this one forget it and close the sockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from causerie.accounts.events import (
    AccessTokenRevoked,
    RoleAssigned,
    SessionRevoked,
    UserChanged,
    UserTokensRevoked,
)
from causerie.accounts.model import Revocation, RevocationKind
from causerie.accounts.ports import RevocationTable
from causerie.accounts.service.tokens import AccessTokens
from causerie.foundation.events import Event, Events
from causerie.foundation.identity import UserId

log = structlog.get_logger()

MAX_AT_ONCE = 1000  # Of one look; who logs out a whole server has it all seen in a few.


class RevocationWatch:
    """PostgreSQL is the truth about what holds no longer: what is told over Redis comes sooner only.

    ``refresh_roles`` and ``refresh_keys`` read what they name again, and tell what they find.
    """

    def __init__(
        self,
        table: RevocationTable,
        tokens: AccessTokens,
        events: Events,
        *,
        refresh_roles: Callable[[], Awaitable[object]],
        refresh_keys: Callable[[], Awaitable[object]],
    ) -> None:
        self._table = table
        self._tokens = tokens
        self._events = events
        self._refresh_roles = refresh_roles
        self._refresh_keys = refresh_keys
        self._horizon: str | None = None
        self._seen: set[int] = set()

    async def look(self) -> int:
        """See what is new; gives how much it was. Raises ``Unavailable``.

        The first look only finds out where to begin: a process that starts has remembered nothing.
        """
        # Before the rows: what is committed in between is read once more.
        horizon = await self._table.horizon()
        if self._horizon is None:
            self._horizon = horizon
            return 0
        found = await self._table.since(self._horizon, limit=MAX_AT_ONCE)
        news = [revocation for revocation in found if revocation.id not in self._seen]
        for revocation in news:
            await self._take(revocation)
            self._seen.add(revocation.id)
        if len(found) < MAX_AT_ONCE:
            self._horizon = horizon
            self._seen = {revocation.id for revocation in found}
        elif not news:
            # Only what is known, as a slow transaction holds the horizon: go on behind it.
            log.warning("revocations_held_up", rows=len(found))
            self._horizon = horizon
        return len(news)

    async def remove_old(self) -> int:
        """Remove what all have seen; gives how many rows went. Raises ``Unavailable``."""
        return await self._table.remove_old()

    async def _take(self, revocation: Revocation) -> None:
        kind, name = revocation.kind, revocation.name
        user_id = UserId(revocation.user_id or 0)
        if kind in {RevocationKind.SESSION, RevocationKind.TOKEN}:
            if self._tokens.has_revoked(name):  # here, or heard of before
                return
            self._tell(
                SessionRevoked(user_id=user_id, session=name)
                if kind is RevocationKind.SESSION
                else AccessTokenRevoked(token=name)
            )
        elif kind is RevocationKind.PERMISSIONS:
            await self._refresh_roles()
        elif kind is RevocationKind.KEYS:
            await self._refresh_keys()
        elif kind is RevocationKind.ROLE:
            self._tell(UserChanged(user_id=user_id), RoleAssigned(user_id=user_id, role=name))
        else:
            self._tell(UserTokensRevoked(user_id=user_id), UserChanged(user_id=user_id))

    def _tell(self, *events: Event) -> None:
        # Each process sees it by itself: nothing is carried on.
        for event in events:
            self._events.hear(event)
