"""Codes of the second factor, compared: few guesses, and each code good for once."""

from __future__ import annotations

from enum import Enum
from typing import NoReturn

import structlog

from causerie.accounts.errors import TwoFactorRequired, WrongCode
from causerie.accounts.events import CodeRefused
from causerie.accounts.model import (
    KEEP_STEPS_SECONDS,
    Enrolment,
    Origin,
    hash_of_backup_code,
    is_totp,
    plain_code,
)
from causerie.accounts.ports import SecondFactors
from causerie.accounts.service.guessed import BACKUP_CODE, TOTP
from causerie.foundation.clock import Clock
from causerie.foundation.crypto import TOTP_STEP_SECONDS, matching_totp_step, totp_step
from causerie.foundation.events import Events
from causerie.foundation.identity import UserId
from causerie.limits import Guesses

log = structlog.get_logger()


class _Outcome(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    SPENT = "spent"  # Right, and used before.


class Codes:
    """Says whether a code is good, and spends it in the same moment."""

    def __init__(
        self, factors: SecondFactors, guesses: Guesses, events: Events, clock: Clock
    ) -> None:
        self._factors = factors
        self._guesses = guesses
        self._events = events
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
        tried = TOTP if is_totp(plain) else BACKUP_CODE
        async with self._guesses.guess(tried, str(user_id), address=origin.ip) as guess:
            outcome = await self._spend(user_id, plain, tried)
            if outcome is not _Outcome.RIGHT:
                self._refuse(user_id, origin, is_replay=outcome is _Outcome.SPENT)
            guess.was_right()

    async def require_step(self, enrolment: Enrolment, code: str, origin: Origin) -> int:
        """Give the step that a code is of, without spending it. Raises as ``require`` does."""
        user_id = enrolment.user_id
        async with self._guesses.guess(TOTP, str(user_id), address=origin.ip) as guess:
            plain = plain_code(code) or ""
            step = matching_totp_step(enrolment.secret, plain, at=self._clock.now())
            if step is None:
                self._refuse(user_id, origin, is_replay=False)
            guess.was_right()
        return step

    async def forget_old(self) -> int:
        """Forget steps that no clock will come to again; gives how many went."""
        kept = KEEP_STEPS_SECONDS // TOTP_STEP_SECONDS
        return await self._factors.forget_steps(before=totp_step(self._clock.now()) - kept)

    async def _spend(self, user_id: UserId, plain: str, tried: str) -> _Outcome:
        if tried == BACKUP_CODE:
            code = hash_of_backup_code(user_id, plain)
            is_right = await self._factors.take_backup_code(user_id, code)
            return _Outcome.RIGHT if is_right else _Outcome.WRONG
        enrolment = await self._factors.find(user_id)
        if enrolment is None or enrolment.confirmed_at is None:
            return _Outcome.WRONG
        step = matching_totp_step(enrolment.secret, plain, at=self._clock.now())
        if step is None:
            return _Outcome.WRONG
        is_fresh = await self._factors.take_step(user_id, step)
        return _Outcome.RIGHT if is_fresh else _Outcome.SPENT

    def _refuse(self, user_id: UserId, origin: Origin, *, is_replay: bool) -> NoReturn:
        log.info("code_refused", user_id=user_id, client=origin.ip)
        self._events.announce([CodeRefused(user_id=user_id, ip=origin.ip, is_replay=is_replay)])
        raise WrongCode
