"""Few guesses at an account are evaluated, from however many addresses; the owner still gets in."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from causerie.foundation.clock import Clock
from causerie.foundation.errors import RateLimited, Unavailable
from causerie.foundation.events import Events
from causerie.limits.events import GuessesExhausted
from causerie.limits.model import Aim, aim_at, network_of
from causerie.limits.ports import GuessStore, Taken

log = structlog.get_logger()

MAX_WAITING = 100  # Guesses at one account at once; each waits for some 25 ms of hashing.
WAITING_RETRY_SECONDS = 5
MAX_TOLD = 10_000  # Accounts under attack at a time that are told of once, and not at each try.


class Guess:
    """One try that may be evaluated."""

    __slots__ = ("is_right",)

    def __init__(self) -> None:
        self.is_right = False

    def was_right(self) -> None:
        """Say that it was no guess: it is not counted, and its place is known from here on."""
        self.is_right = True


class Guesses:
    """Counts tries before they are evaluated, in the database: on all nodes, and over restarts.

    At most ``MAX_STRANGERS_GUESSES`` and ``MAX_KNOWN_GUESSES`` in any ``GUESS_WINDOW``; the latter
    only from networks where somebody has got in before. Names that nobody has are counted alike.
    """

    def __init__(self, store: GuessStore, *, events: Events, clock: Clock) -> None:
        self._store = store
        self._events = events
        self._clock = clock
        self._turns: dict[tuple[bytes, bool], _Turns] = {}  # by account and known place
        self._told: dict[bytes, float] = {}

    @asynccontextmanager
    async def guess(self, kind: str, account: str, *, address: str) -> AsyncIterator[Guess]:
        """Evaluate a try inside of this, and say so where it ``was_right``.

        ``kind`` is what is guessed ("password"); each has a count of its own. Tries at one account
        are evaluated one after the other, so that of many right ones at once none is refused for
        the others. Raises ``RateLimited`` for one too many, ``Unavailable``.
        """
        aim = aim_at(kind, account, network_of(address))
        # Who comes from a known place does not stand in the strangers' queue either.
        is_known = await self._store.is_known(aim, at=self._clock.now())
        async with self._turn((aim.account, is_known)):
            taken = await self._take(aim, kind, address, is_known=is_known)
            guess = Guess()
            try:
                yield guess
            except Unavailable:
                await self._store.give_back(aim, taken)  # It was never evaluated.
                raise
            if guess.is_right:
                await self._store.give_back(aim, taken)
                await self._store.remember(aim, at=self._clock.now())

    async def remember(self, kind: str, account: str, *, address: str) -> None:
        """Know a place of an account from here on: it was made there."""
        await self._store.remember(aim_at(kind, account, network_of(address)), at=self._clock.now())

    async def remove_old(self) -> int:
        """Forget what no window reaches any more; gives how many accounts and places went."""
        monotonic = self._clock.monotonic()
        self._told = {account: until for account, until in self._told.items() if until > monotonic}
        return await self._store.remove_old(at=self._clock.now())

    async def _take(self, aim: Aim, kind: str, address: str, *, is_known: bool) -> Taken:
        taken = await self._store.take(aim, is_known=is_known, at=self._clock.now())
        if isinstance(taken, Taken):
            return taken
        self._tell(aim, kind, address, taken)
        raise RateLimited(
            "Too many wrong tries at this account; wait, or get in by another way",
            retry_after=max(1, math.ceil(taken)),
        )

    def _tell(self, aim: Aim, kind: str, address: str, wait: float) -> None:
        now = self._clock.monotonic()
        if self._told.get(aim.account, now) > now or len(self._told) >= MAX_TOLD:
            return
        self._told[aim.account] = now + wait
        log.warning("security_guesses_exhausted", tried=kind, client=address)
        self._events.announce([GuessesExhausted(kind, aim.account.hex(), address)])

    @asynccontextmanager
    async def _turn(self, queue: tuple[bytes, bool]) -> AsyncIterator[None]:
        turns = self._turns.setdefault(queue, _Turns())
        if turns.waiting >= MAX_WAITING:
            raise RateLimited(
                "Too many tries at this account at once", retry_after=WAITING_RETRY_SECONDS
            )
        turns.waiting += 1
        try:
            async with turns.lock:
                yield
        finally:
            turns.waiting -= 1
            if not turns.waiting:
                del self._turns[queue]


class _Turns:
    __slots__ = ("lock", "waiting")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
