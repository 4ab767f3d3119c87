"""Password hashes: Argon2id made and verified, bcrypt verified, in a thread pool with a bound."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2
import bcrypt
from argon2.exceptions import InvalidHashError, VerificationError

from causerie.foundation.crypto.breached import BreachedPasswords
from causerie.foundation.errors import Unavailable

# A hash takes 30 to 50 ms of a core: who comes behind so many would wait for two seconds, and a
# server that is asked for more is under attack.
MAX_WAITING_PER_THREAD = 64
BCRYPT_MAX_BYTES = 72  # bcrypt never looked at more; its newer library refuses to.
# What an old system may have asked of its hashes. More memory or rounds would let an imported row
# stop the server for minutes.
MAX_MEMORY_KIB = 1 << 20
MAX_ITERATIONS = 64
PARALLELISM = 1  # OWASP: one lane; the pool is what uses the cores.

_ARGON2 = re.compile(
    r"\$argon2(?:id|i|d)\$v=19\$m=(?P<memory>\d{1,10}),t=(?P<time>\d{1,10}),p=(?P<lanes>\d{1,3})"
    r"\$[A-Za-z0-9+/]{11,128}\$[A-Za-z0-9+/]{16,172}"
)
_BCRYPT = re.compile(r"\$2[abxy]\$(?P<cost>\d\d)\$[./A-Za-z0-9]{53}")

T = TypeVar("T")


class PasswordHashes:
    """Makes and verifies hashes off the event loop.

    The same work is done for a user who does not exist: ``verify`` with ``None`` costs what a real
    hash of today's parameters costs, and is never true. Where there are bcrypt hashes, every
    failure costs one of each kind, so that time does not tell the accounts of an older system
    from others.
    """

    def __init__(
        self,
        *,
        memory_kib: int,
        iterations: int,
        bcrypt_cost: int = 12,
        threads: int | None = None,
        breached: BreachedPasswords | None = None,
    ) -> None:
        self._breached = breached
        self._argon2 = argon2.PasswordHasher(
            time_cost=iterations, memory_cost=memory_kib, parallelism=PARALLELISM
        )
        self._max_bcrypt_cost = bcrypt_cost
        self._are_old_expected = False
        self._nobodys_bcrypt = f"$2b${bcrypt_cost:02d}${'.' * 53}".encode()
        threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._max_waiting = threads * MAX_WAITING_PER_THREAD
        self._waiting = 0
        # Of a password that nobody has: 16 random bytes, thrown away.
        self._nobody = self._argon2.hash(os.urandom(16))

    def close(self) -> None:
        """Let the threads go; what waits is cancelled."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._breached is not None:
            self._breached.close()

    async def hash(self, password: str) -> str:
        """Hash a password with today's parameters. Raises ``Unavailable`` when overrun."""
        return await self._run(lambda: self._argon2.hash(password))

    async def verify(self, password: str, encoded: str | None) -> bool:
        """Say whether the password is that of the hash. Raises ``Unavailable`` when overrun."""
        return await self._run(lambda: self._verify(password, encoded))

    async def is_breached(self, password: str) -> bool:
        """Say whether a breach has made it known, where there is a file of those.

        Raises ``Unavailable`` when overrun.
        """
        breached = self._breached
        return breached is not None and await self._run(lambda: breached.has(password))

    def expect_old(self, *, are_there: bool) -> None:
        """Take note whether any account still has a bcrypt hash."""
        self._are_old_expected = are_there

    def is_outdated(self, encoded: str) -> bool:
        """Say whether a hash was made in another way than today's."""
        try:
            return self._argon2.check_needs_rehash(encoded)
        except InvalidHashError:
            return True

    def is_hash(self, text: str) -> bool:
        """Say whether a text is a hash that can be verified here at a bearable price.

        That of bcrypt is bounded by the ``bcrypt_cost`` of the older system.
        """
        if match := _ARGON2.fullmatch(text):
            return (
                8 * int(match["lanes"]) <= int(match["memory"]) <= MAX_MEMORY_KIB
                and 1 <= int(match["time"]) <= MAX_ITERATIONS
            )
        match = _BCRYPT.fullmatch(text)
        return match is not None and 4 <= int(match["cost"]) <= self._max_bcrypt_cost

    def _verify(self, password: str, encoded: str | None) -> bool:
        is_bcrypt = encoded is not None and _BCRYPT.fullmatch(encoded) is not None
        if encoded is not None and is_bcrypt:
            is_right = _is_bcrypt_of(password, encoded.encode())
        else:
            is_right = self._is_argon2_of(password, encoded or self._nobody) and bool(encoded)
        if not is_right and self._are_old_expected:
            if is_bcrypt:
                self._is_argon2_of(password, self._nobody)
            else:
                _is_bcrypt_of(password, self._nobodys_bcrypt)
        return is_right

    def _is_argon2_of(self, password: str, encoded: str) -> bool:
        try:
            return self._argon2.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._max_waiting:
            raise Unavailable("Too many logins at once; try again in a moment")
        self._waiting += 1
        try:
            future = self._pool.submit(work)
            # Counted down when the thread is done, not when the caller has gone away.
            future.add_done_callback(self._count_down_from(asyncio.get_running_loop()))
        except BaseException:
            self._waiting -= 1
            raise
        return await asyncio.wrap_future(future)

    def _count_down_from(self, loop: asyncio.AbstractEventLoop) -> Callable[[object], None]:
        def count_down() -> None:
            self._waiting -= 1

        def done(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # The loop is closed, and nobody counts.
                loop.call_soon_threadsafe(count_down)

        return done


def _is_bcrypt_of(password: str, encoded: bytes) -> bool:
    try:
        return bcrypt.checkpw(password.encode()[:BCRYPT_MAX_BYTES], encoded)
    except ValueError:  # a cost or a salt that does not exist
        return False
