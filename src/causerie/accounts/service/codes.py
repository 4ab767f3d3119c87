"""Codes of the second factor, compared: few guesses, and each code good for once."""

from __future__ import annotations

import math

import structlog

from causerie.accounts.errors import TwoFactorRequired, WrongCode
from causerie.accounts.events import GuessesExhausted
from causerie.accounts.model import (
    KEEP_STEPS_SECONDS,
    Enrolment,
    Origin,
    Tried,
    hash_of_backup_code,
    is_totp,
    plain_code,
)
from causerie.accounts.ports import Attempts, SecondFactors
from causerie.foundation.clock import Clock
from causerie.foundation.crypto import TOTP_STEP_SECONDS, matching_totp_step, totp_step
from causerie.foundation.errors import RateLimited
from causerie.foundation.events import Events
from causerie.foundation.identity import UserId

log = structlog.get_logger()


class Guesses:
    """Bounds how many guesses at an account are evaluated, on all nodes together."""

    def __init__(self, attempts: Attempts, events: Events, clock: Clock) -> None:
        self._attempts = attempts
        self._events = events
        self._clock = clock

    async def begin(self, user_id: UserId, tried: Tried, origin: Origin) -> None:
        """Count a guess before it is evaluated. Raises ``RateLimited`` for one too many."""
        wait = await self._attempts.begin(user_id, tried, at=self._clock.now())
        if wait is None:
            return
        log.warning("security_guesses_exhausted", user_id=user_id, tried=tried, client=origin.ip)
        self._events.announce([GuessesExhausted(user_id=user_id, tried=tried, ip=origin.ip)])
        raise RateLimited(
            "Too many wrong tries; wait, or get in by another way",
            retry_after=max(1, math.ceil(wait)),
        )

    async def forgive(self, user_id: UserId, tried: Tried) -> None:
        """Take back the latest guess: it was right."""
        await self._attempts.forgive(user_id, tried)

    async def clear(self, user_id: UserId) -> None:
        """Forget all guesses at an account whose secrets are others now."""
        await self._attempts.clear(user_id)


class Codes:
    """Says whether a code is good, and spends it in the same moment."""

    def __init__(self, factors: SecondFactors, guesses: Guesses, clock: Clock) -> None:
        self._factors = factors
        self._guesses = guesses
        self._clock = clock

    async def require(self, user_id: UserId, code: str | None, origin: Origin) -> None:
        """Spend a code, of the authenticator or a backup one.

        Raises ``TwoFactorRequired`` without any, ``WrongCode`` or ``RateLimited``.
        """
        if code is None:
            raise TwoFactorRequired
        plain = plain_code(code)
        if plain is None:
            raise WrongCode
        tried = Tried.TOTP if is_totp(plain) else Tried.BACKUP_CODE
        await self._guesses.begin(user_id, tried, origin)
        if not await self._spend(user_id, plain, tried):
            log.info("code_refused", user_id=user_id, client=origin.ip)
            raise WrongCode
        await self._guesses.forgive(user_id, tried)

    async def require_step(self, enrolment: Enrolment, code: str, origin: Origin) -> int:
        """Give the step that a code is of, without spending it. Raises as ``require`` does."""
        await self._guesses.begin(enrolment.user_id, Tried.TOTP, origin)
        step = matching_totp_step(enrolment.secret, plain_code(code) or "", at=self._clock.now())
        if step is None:
            raise WrongCode
        await self._guesses.forgive(enrolment.user_id, Tried.TOTP)
        return step

    async def forget_old(self) -> int:
        """Forget steps that no clock will come to again; gives how many went."""
        kept = KEEP_STEPS_SECONDS // TOTP_STEP_SECONDS
        return await self._factors.forget_steps(before=totp_step(self._clock.now()) - kept)

    async def _spend(self, user_id: UserId, plain: str, tried: Tried) -> bool:
        if tried is Tried.BACKUP_CODE:
            code = hash_of_backup_code(user_id, plain)
            return await self._factors.take_backup_code(user_id, code)
        enrolment = await self._factors.find(user_id)
        if enrolment is None or enrolment.confirmed_at is None:
            return False
        step = matching_totp_step(enrolment.secret, plain, at=self._clock.now())
        return step is not None and await self._factors.take_step(user_id, step)
