"""A user's sessions: listed, ended, and when each was last heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog

from causerie.accounts.events import SessionRevoked
from causerie.accounts.model import MAX_SECRET_CHARACTERS, Device
from causerie.accounts.ports import Devices
from causerie.accounts.service.step_up import StepUp
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import NotFound
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal, UserId

log = structlog.get_logger()

# A row is written at most so often for who speaks HTTP, and for who only has a socket open: of ten
# thousand sockets that makes a dozen rows a second.
REQUEST_GRAIN = timedelta(minutes=1)
SOCKET_GRAIN = timedelta(minutes=15)
MAX_NOTED_AT_ONCE = 10_000  # Sessions in one statement; who comes behind is noted the next minute.


class DeviceKeeper:
    """What one can do with one's sessions."""

    def __init__(
        self,
        devices: Devices,
        *,
        step_up: StepUp,
        events: Events,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._devices = devices
        self._step_up = step_up
        self._events = events
        self._completion = completion
        self._clock = clock
        self._heard: set[str] = set()
        self._with_sockets: Callable[[], Iterable[str]] = tuple

    def watch_sockets(self, with_sockets: Callable[[], Iterable[str]]) -> None:
        """Count the sessions that this names as active; asked each minute."""
        self._with_sockets = with_sockets

    def hear(self, session: str) -> None:
        """Take note, in memory, that a session has just been used."""
        if len(self._heard) < MAX_NOTED_AT_ONCE:
            self._heard.add(session)

    async def write_down(self) -> None:
        """Write down who was heard since the last time; called each minute."""
        heard, self._heard = self._heard, set()
        now = self._clock.now()
        if heard:
            await self._devices.note_active(heard, at=now, before=now - REQUEST_GRAIN)
        connected = set(self._with_sockets())
        if connected:
            await self._devices.note_active(connected, at=now, before=now - SOCKET_GRAIN)

    async def list_mine(self, principal: Principal) -> list[Device]:
        """Give one's open sessions, the latest heard first."""
        return await self._devices.list_live(principal.user_id, at=self._clock.now())

    async def end(self, principal: Principal, session: str) -> None:
        """End one of one's sessions, its sockets and refresh tokens with it.

        Its own it ends as a logout does; for others one says once more who one is, lest a thief
        keep the owner out (ASVS 7.5.2). Raises ``StepUpRequired``, ``NotFound``.
        """
        if session != principal.session:
            await self._step_up.require_recent(principal)
        if len(session) > MAX_SECRET_CHARACTERS or not session.isascii():
            raise NotFound("session")
        await self._completion.run(self._end(principal.user_id, session))

    async def end_others(self, principal: Principal) -> None:
        """End all of one's sessions but this one. Raises ``StepUpRequired``."""
        await self._step_up.require_recent(principal)
        await self._completion.run(self._end_others(principal))

    async def _end(self, user_id: UserId, session: str) -> None:
        if not await self._devices.end_own(user_id, session, at=self._clock.now()):
            raise NotFound("session")
        log.info("session_ended", user_id=user_id)
        self._events.announce([SessionRevoked(user_id=user_id, session=session)])

    async def _end_others(self, principal: Principal) -> None:
        user_id = principal.user_id
        ended = await self._devices.end_other(user_id, principal.session, at=self._clock.now())
        log.info("other_sessions_ended", user_id=user_id, sessions=len(ended))
        self._events.announce([SessionRevoked(user_id=user_id, session=s) for s in ended])
